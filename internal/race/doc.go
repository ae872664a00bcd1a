// Package race tells the race detector what it cannot see: that pinned
// sections on one P follow each other, so that plain memory they share is
// ordered. Without -race every function is empty or a plain access and inlines
// to nothing or one instruction.
//
// All functions are generic for one reason: the engine is instantiated in the user's package. There the compiler has
// the bodies of generic functions to inline, but not those of other functions of packages that the user's does not
// import.
package race

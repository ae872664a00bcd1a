// Package trial writes a copy of a program in which every sync.Pool is a syncpool.Pool, in its own packages
// and in those of its dependencies, so that both can be measured side by side.
//
// The copy is a module with a vendor directory, because only there can the dependencies of a build be edited.
// Plunge becomes one of the dependencies. The standard library is not edited. Plunge and the packages that it
// imports are not edited either, because they would import themselves.
//
// The copy's packages use the same language version of Go as the original's. Besides the pools two things may
// differ: a dependency that plunge shares may be newer, and a vendor directory is created again.
package trial

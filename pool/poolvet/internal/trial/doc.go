// Package trial writes a copy of a program in which every sync.Pool is a syncpool.Pool, in its own packages
// and in those of its dependencies, so that both can be measured side by side.
//
// The copy is a module with a vendor directory, because the go command builds dependencies from
// nowhere else where they can be edited. Plunge is one of them. Not edited are the standard library,
// and plunge with what it imports, which would import itself.
//
// The copy's packages are compiled as the same version of Go as the original's. What may differ, besides the
// pools: a dependency that plunge shares may be newer, and a vendor directory of the original is created again.
package trial

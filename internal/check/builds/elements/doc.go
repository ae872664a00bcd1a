// Package elements is empty. Its test, which takes long to compile, moves element types of every kind and size through a pool.
// Command builds runs it as each build of the library, with the tag plunge_builds.
package elements

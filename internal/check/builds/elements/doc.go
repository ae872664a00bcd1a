// Package elements is empty. Its test moves element types of every kind and size through a pool, and takes long to
// compile. Command builds runs it as each build of the library, with the tag plunge_builds.
package elements

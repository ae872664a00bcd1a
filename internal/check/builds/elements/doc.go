// Package elements is empty. Its test moves element types of every kind and size through a pool.
// Command builds runs it as each build of the library.
package elements

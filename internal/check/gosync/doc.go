// Package gosync runs the tests that Go has for sync.Pool against package syncpool.
package gosync

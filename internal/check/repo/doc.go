// Package repo is empty: its tests check the repository as a whole, against the
// rules that CONTRIBUTING.md gives and no compiler enforces.
package repo

// Command mutants shows that the tests notice when the library is broken. It applies
// small deliberate sabotages to a copy of the root module, one at a time, and runs
// the ordinary tests that should fail: a line for each with the test that did, at
// the end how many were killed. It fails unless all were.
//
//	go run . [-quick] [-run regexp] [-jobs n] [-list]
//
// First the copy as it is has to pass every test that a mutant is to fail. Then, for
// each mutant:
//
//   - killed: a test failed, or crashed, or hung until it was stopped (said so);
//   - SURVIVED: all passed. The tests lack one, or the mutant changes nothing that
//     can be observed and does not belong here;
//   - ERROR: the text to be replaced is not there exactly once, or the result does
//     not compile. This says nothing about the tests, so it never counts as killed:
//     the mutant has to be brought up to date with the code.
//
// The tables are one a package, in table_*.go; tree.go has the copy, build.go and
// run.go the go command and the tests, report.go what is printed.
package main

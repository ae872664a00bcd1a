// Command mutants shows that the tests notice when the library is broken. It applies small deliberate sabotages to a
// copy of the root module, one at a time, and runs the ordinary tests that should fail. It prints a line for each
// with the test that failed, and at the end how many were killed. It fails unless all were.
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
// The mutants are in mutants/*.txt. Each is a small patch that finds its place by its
// lines, and ends with an empty line:
//
//	mutant shard/hit-is-not-taken-out quick
//	breaks a value is handed out once
//	file   shard/hits.go
//	tests  shard -run TestClose|TestMiss
//	 				v = cells[id].v
//	-				l.loaded.n = id
//	 				return v, true
//
// quick is for those that make mutants-quick tries: of seconds each. breaks names an invariant, or
// a promise of the documentation. tests is a package and, as of go test, -run; with -build race,
// portable, 386 or explored, -stress 2s for PLUNGE_STRESS, or -full for the files that heavy lists.
// It may be there more than once. Then come lines of the file: those that go have a -, those that come a +,
// others a space. Lines with a # in front are for the reader.
package main

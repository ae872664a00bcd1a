// Package migrate rewrites the use of sync.Pool into that of plunge's pools.
//
// # How
//
// Where a file names sync.Pool is a matter of syntax: which import the name refers to is settled within
// the file. [Source] therefore rewrites a file by itself, whatever platform or build tag it is for.
//
// Whether a pool may change is a matter of the whole program. [Load] type-checks the packages and
// finds what has to stay:
//
//   - a pool that a package outside of them receives, holds or hands out as *sync.Pool;
//   - a pool that a generated file uses, because the generator would bring sync.Pool back;
//   - every pool whose value meets one of these, as an argument, a result, in an assignment or a field.
//
// The result, a [Plan], is reported as the diagnostics of an [analysis.Analyzer], each file's
// edits as a suggested fix. [Run] prints or applies them, and keeps formatted what gofmt has formatted.
//
// # Files
//
//	file.go    a parsed file and the places where it names sync.Pool
//	imports.go which imports are added and removed, and under which name
//	source.go  the rewriting of one file
//	flow.go    which pools meet, and which have to stay
//	walk.go    the statements and declarations in which values meet
//	typed.go   pools that can be a pool.Pool[T]
//	plan.go    the packages, their files and what becomes of them
//	exported.go pools that are part of a package's API
//	count.go   how many pools a file declares
//	apply.go   edits and formatting
//	analyzer.go the plan as diagnostics
//	run.go     what poolvet -migrate does with a plan
package migrate

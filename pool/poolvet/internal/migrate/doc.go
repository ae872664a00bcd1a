// Package migrate replaces sync.Pools by plunge's pools.
//
// # How
//
// The syntax of a file tells where it names sync.Pool: the file itself says which import a name refers to. So
// [Source] rewrites a file by itself, whatever platform or build tag it is for.
//
// Whether a pool may change depends on the whole program. [Load] type-checks the packages and finds the pools that
// must stay:
//
//   - a pool that a package outside of them receives, holds or hands out as *sync.Pool;
//   - a pool that a generated file uses, because the generator would bring sync.Pool back;
//   - every pool whose value meets one of these, as an argument, as a result, in an assignment or in a field.
//
// The result, a [Plan], is reported as the diagnostics of an [analysis.Analyzer], with each file's edits as a
// suggested fix. [Run] prints or applies them. Files that gofmt has formatted stay formatted.
//
// # Files
//
//	file.go    a parsed file and the places where it names sync.Pool
//	imports.go which imports are added and removed, and under which name
//	source.go  the rewriting of one file
//	flow.go    which pools meet, and which must stay
//	walk.go    the statements and declarations in which values meet
//	typed.go   pools that can be a pool.Pool[T]
//	plan.go    the packages, their files and how they change
//	exported.go pools that are part of a package's API
//	count.go   how many pools a file declares
//	apply.go   edits and formatting
//	analyzer.go the plan as diagnostics
//	run.go     what poolvet -migrate does with a plan
package migrate

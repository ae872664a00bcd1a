// Poolvet checks programs that use plunge, and moves others to it.
//
//	go install github.com/plungepool/plunge/pool/poolvet/cmd/poolvet@latest
//
// # Checks
//
// With packages as arguments it reports misuse of plunge's pools, such as a use after Release; poolvet
// help lists the checks. It also runs under go vet:
//
//	poolvet ./...
//	go vet -vettool=$(which poolvet) ./...
//
// # Migration from sync.Pool
//
// -migrate reports each sync.Pool that can be a pool of plunge, -diff shows the change, and -fix makes it:
//
//	poolvet -migrate -diff ./...
//	poolvet -migrate -fix ./...
//	go get github.com/plungepool/plunge@latest && go mod tidy
//
// A sync.Pool becomes a syncpool.Pool, which has its names, zero value and contract. Give all packages
// of the module. A pool is not changed if a package that was not given, for example of another module, or
// generated code uses it as *sync.Pool. Such pools are reported with the reason. Files for other platforms
// are rewritten too. Packages that have no file for this platform are not: run it again with their GOOS.
// After -fix, run go get before you run poolvet again.
//
// -migrate=typed makes a variable a pool.Pool[T] in simple cases: New, in its declaration, returns
// one pointer type without a method Reset, and every Get is asserted to that type. It is not the
// default because it changes every call, and because what is allowed with a sync.Pool, such as a Put
// of an object that is not from the pool, is misuse of a pool.Pool.
//
// # A trial
//
// -trial copies the module in the current directory, with its dependencies, so that every sync.Pool of both is a
// syncpool.Pool. Nothing in the original changes, and the two can be measured side by side:
//
//	poolvet -trial ../trial
//	go test -bench . ./...
//	cd ../trial && go test -bench . ./...
//
// The pools of the standard library, and of the packages that plunge imports, are not replaced. The copy uses the
// latest release of plunge, or the directory that -plunge names.
package main

module github.com/plungepool/plunge/internal/check/mutants

go 1.26.0

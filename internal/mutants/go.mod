module github.com/plungepool/plunge/internal/mutants

go 1.26.0

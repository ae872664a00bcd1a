package main

// What package grace promises, in both of its barriers.
var graceMutants = []mutant{
	{
		name:   "grace/no-barrier",
		breaks: "S2: Wait returns once every pinned section that had begun has ended",
		file:   "internal/grace/grace.go",
		old:    "\tbegun.Inc()\n\tbarrier()\n",
		new:    "\tbegun.Inc()\n",
		tests:  only(in("internal/grace")),
		quick:  true,
	},
	{
		name:   "grace/wrong-barrier",
		breaks: "the barrier stops the world",
		file:   "internal/grace/barrier_runtime.go",
		old:    "func stack() { runtime.Stack(nil, true) }",
		new:    "func stack() { runtime.Stack(nil, false) }",
		tests:  only(in("internal/grace")),
	},
	{
		name:   "grace/never-coalesces",
		breaks: "callers that wait for another's whole grace period return with it",
		file:   "internal/grace/grace.go",
		old:    "if begun.Load() > before {",
		new:    "if begun.Load() < before {",
		tests:  only(in("internal/grace")),
	},
	{
		name:   "grace/coalesces-with-the-past",
		breaks: "only a grace period that began after the caller came covers the sections it saw",
		file:   "internal/grace/grace.go",
		old:    "\tbefore := begun.Load()\n\tmu.Lock()\n",
		new:    "\tmu.Lock()\n\tbefore := begun.Load() - 1\n",
		tests:  only(in("internal/grace")),
	},
	{
		name:   "grace/coalesces-with-one-begun",
		breaks: "a grace period that had begun when the caller came does not cover the sections it saw",
		file:   "internal/grace/grace.go",
		old:    "\tbegun.Inc()\n\tbarrier()\n",
		new:    "\tbarrier()\n\tbegun.Inc()\n",
		tests:  only(in("internal/grace", "TestWaitDoesNotCoalesce").on(portable)),
	},
}

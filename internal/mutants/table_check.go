package main

// Objects lost by Reset where there is no Destroy: H1 of package shard.
var lostMutants = []mutant{
	{
		name:   "shard/call-not-taken-back",
		breaks: "H1: a call of Prepare that has returned is not counted",
		file:   "shard/bag.go",
		old:    "\t\t\t\tif b.ask != nil {\n\t\t\t\t\tl.n--\n\t\t\t\t}\n",
		new:    "",
		tests:  only(in("pool", "TestResetFails")),
	},
	{
		name:   "shard/call-not-taken-back-elsewhere",
		breaks: "H1: a call of Prepare that has returned is not counted",
		file:   "shard/slow.go",
		old:    "asked() { b.totals.asking.Dec() }",
		new:    "asked() {}",
		tests:  only(in("pool")),
	},
	{
		name:   "shard/call-not-counted-elsewhere",
		breaks: "H1: a value lost where the P has no lane is counted, too",
		file:   "shard/slow.go",
		old:    "askElsewhere() { b.totals.asking.Inc() }",
		new:    "askElsewhere() {}",
		tests:  only(in("pool")),
	},
	{
		name:   "shard/lost-forgotten-by-seizing",
		breaks: "H1: what the lanes of a retired store have counted is kept",
		file:   "shard/counts.go",
		old:    "\tb.totals.asking.Add(s.asking())\n",
		new:    "",
		tests:  only(in("pool")),
	},
	{
		name:   "shard/guarded-loss-not-counted",
		breaks: "a value over which the policy panics is counted where Lost is nil",
		file:   "shard/slow.go",
		old:    "\t\t\tasking.totals.asking.Inc()\n",
		new:    "",
		tests:  only(in("pool", "TestResetFailsWithoutDestroy")),
	},
}

// The checked mode.
var checkMutants = []mutant{
	{
		name:   "pool/check-by-address-only",
		breaks: "K1: an object is another one than what had its address before",
		file:   "pool/tracker.go",
		old:    " || rec.self.Value() == (*byte)(p) {",
		new:    " || true {",
		tests:  only(in("pool")),
	},
	{
		name:   "pool/double-release-not-seen",
		breaks: "an object that is not out is refused",
		file:   "pool/tracker.go",
		old:    "case rec.out == 0 || leased && rec.leases == 0:\n\t\tm.Kind, m.First = DoubleRelease, rec.returned\n\t\treturn m, false\n",
		new:    "case leased && rec.leases == 0:\n\t\tm.Kind, m.First = DoubleRelease, rec.returned\n\t\treturn m, false\n",
		tests:  only(in("pool", "TestMisuse|TestDoubleRelease|TestCopiedLease")),
	},
	{
		name:   "pool/leased-object-taken-back",
		breaks: "an object on lease comes back by its lease only",
		file:   "pool/tracker.go",
		old:    "case !leased && rec.leases >= rec.out:\n",
		new:    "case !leased && rec.leases > rec.out:\n",
		tests:  only(in("pool", "TestMisuse")),
	},
	{
		name:   "pool/leak-not-reported",
		breaks: "an object that is collected while out is reported",
		file:   "pool/tracker.go",
		old:    "\tif rec.out == 0 {\n\t\treturn\n\t}\n",
		new:    "\tif rec.out <= 1 {\n\t\treturn\n\t}\n",
		tests:  only(in("pool", "Leak")),
	},
	{
		name:   "pool/refusal-counts-as-a-loss",
		breaks: "what the check refuses changes no count",
		file:   "pool/check.go",
		old:    "\tpolicy.Lost = func(T) {}\n",
		new:    "\tpolicy.Lost = nil\n",
		tests:  only(in("pool", "TestMisusePanics")),
	},
	{
		name:   "shard/stack-unguarded",
		breaks: "T1: whoever holds stack finds the magazine in a ring",
		file:   "shard/slow.go",
		old:    "\t\tb.order()\n\t\tv, stamp, ok := b.take()\n\t\tb.unorder()\n",
		new:    "\t\tv, stamp, ok := b.take()\n",
		tests:  []suite{in("pool/pooltest"), in("pool"), in("shard")},
	},
}

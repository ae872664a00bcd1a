package main

// Seizing the store: Sweep, Close, growth.
var seizeMutants = []mutant{
	{
		name:   "shard/no-grace-period",
		breaks: "S2: nobody uses the old store when the seizer does",
		file:   "shard/seize.go",
		old:    "\tgrace.Wait()\n",
		new:    "\tif false {\n\t\tgrace.Wait()\n\t}\n",
		tests:  only(in("shard", "TestSweepWaits")),
	},
	{
		name:   "shard/stale-store-after-seize",
		breaks: "S1: a pinned section uses no store but the one that it found itself",
		file:   "shard/slow.go",
		old: `	stamp, asked := atom.LoadInt64(&b.stamp), false
	if stamp == 0 && b.policy.Stamp != nil {
		pin.Unpin(id)
		b.unorder()
		stamp, asked = b.policy.Stamp(), true
		b.order()
		id = pin.Pin()
	}
	head := b.header()
`,
		new: `	stamp, asked := atom.LoadInt64(&b.stamp), false
	head := b.header()
	if stamp == 0 && b.policy.Stamp != nil {
		pin.Unpin(id)
		b.unorder()
		stamp, asked = b.policy.Stamp(), true
		b.order()
		id = pin.Pin()
	}
`,
		tests: only(in("shard", "TestStampMaySweep")),
	},
	{
		name:   "shard/seizers-meet",
		breaks: "S3: one seizer at a time",
		file:   "shard/seize.go",
		old:    "\tb.mu.Lock()\n\tdefer b.mu.Unlock()\n\treturn b.sweep(before, keep, 0)\n",
		new:    "\treturn b.sweep(before, keep, 0)\n",
		tests:  only(in("shard", "TestSeizersExclude")),
		quick:  true,
	},
	{
		name:   "shard/spare-not-drained",
		breaks: "a Sweep sees all values, those of spare magazines, too",
		file:   "shard/seize.go",
		old:    "\t\theld = append(held, l.spare.cells[:l.spare.n]...)\n",
		new:    "",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/loaded-not-drained",
		breaks: "a Sweep sees all values, those of loaded magazines, too",
		file:   "shard/seize.go",
		old:    "\t\theld = append(held, l.loaded.cells[:l.loaded.n]...)\n",
		new:    "",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/rings-not-drained",
		breaks: "a Sweep, and so Clear, sees all values, those in the rings, too",
		file:   "shard/seize.go",
		old:    "h, ok := s.shard[i].full.TryPop()\n",
		new:    "h, ok := s.shard[i].full.TryPop()\n\t\t\tok = false\n",
		tests:  only(in("shard")),
		quick:  true,
	},
	{
		name:   "shard/one-ring-not-drained",
		breaks: "a Sweep sees the values of every shard",
		file:   "shard/seize.go",
		old:    "\tfor i := range s.shard {\n\t\tfor {\n",
		new:    "\tfor i := range s.shard[:(len(s.shard)+1)/2] {\n\t\tfor {\n",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/last-lane-not-drained",
		breaks: "a Sweep sees the values of every P",
		file:   "shard/seize.go",
		old:    "\tfor i := range s.lane {\n\t\tl := &s.lane[i]\n",
		new:    "\tfor i := range s.lane[1:] {\n\t\tl := &s.lane[i]\n",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/stale-compared-inclusively",
		breaks: "Sweep takes values with a lower stamp, not with the same",
		file:   "shard/seize.go",
		old:    "if held[i].stamp < before {",
		new:    "if held[i].stamp <= before {",
		tests:  only(in("shard", "TestSweepKeeps|TestModel")),
	},
	{
		name:   "shard/keep-ignored",
		breaks: "Sweep leaves keep values",
		file:   "shard/seize.go",
		old:    "max(len(held)-keep, 0)",
		new:    "max(len(held), 0)",
		tests:  only(in("shard", "TestSweepKeeps|TestModel")),
	},
	{
		name:   "shard/youngest-first",
		breaks: "Sweep takes the oldest first",
		file:   "shard/seize.go",
		old:    "cmp.Compare(a.stamp, b.stamp)",
		new:    "cmp.Compare(b.stamp, a.stamp)",
		tests:  only(in("shard", "TestSweepKeeps")),
	},
	{
		name:   "shard/next-is-the-youngest",
		breaks: "next is a lower bound for the stamps of what is left",
		file:   "shard/seize.go",
		old:    "next = min(next, held[i].stamp)",
		new:    "next = held[i].stamp",
		tests:  only(in("shard", "TestSweepTells")),
	},
	{
		name:   "shard/crowded-forgotten",
		breaks: "values that find no room on their way back are returned",
		file:   "shard/seize.go",
		old:    "crowded = values(held[stale+back:])",
		new:    "crowded = values(held[len(held)-min(back, 0):])",
		tests:  only(in("shard", "TestSweepReturns")),
	},
	{
		name:   "shard/restamped-on-the-way-back",
		breaks: "values go back with the stamps that they have",
		file:   "shard/seize.go",
		old:    "\t\t\tm.n = uint(k)\n",
		new:    "\t\t\tm.n = uint(k)\n\t\t\tfor i := range k {\n\t\t\t\tm.cells[i].stamp = maxStamp - 1\n\t\t\t}\n",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/close-does-not-mark",
		breaks: "a closed bag stays closed",
		file:   "shard/seize.go",
		old:    "\tb.closed = true\n",
		new:    "",
		tests:  only(in("shard", "TestClose")),
		quick:  true,
	},
	{
		name:   "shard/open-after-close",
		breaks: "after Close a Put overflows",
		file:   "shard/seize.go",
		old:    "b.seize(newStore[T](geometry{}))",
		new:    "b.seize(b.fresh(0))",
		tests:  []suite{in("shard", "TestClose")},
	},
}

// The hit path, batches and what they hand to the policy.
var hitMutants = []mutant{
	{
		name:   "shard/stamp-not-set",
		breaks: "a value has the stamp of its Put",
		file:   "shard/bag.go",
		old:    "\t\t\t\tc.stamp = stamp\n",
		new:    "",
		tests:  only(in("shard")),
		quick:  true,
	},
	{
		name:   "shard/batch-stamp-not-set",
		breaks: "a value has the stamp of its PutN",
		file:   "shard/batch.go",
		old:    "\t\t\t\t\t\tc.stamp = stamp\n",
		new:    "",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/hit-is-not-taken-out",
		breaks: "a value is handed out once",
		file:   "shard/bag.go",
		old:    "\t\t\t\tl.loaded.n = i\n\t\t\t\treturn v, true\n",
		new:    "\t\t\t\treturn v, true\n",
		tests:  only(in("shard", "TestClose|TestPrivateIsLIFO|TestMiss|TestStampsAndAccept")),
		quick:  true,
	},
	{
		name:   "shard/old-value-not-shown",
		breaks: "a value with an old stamp is shown to Accept",
		file:   "shard/bag.go",
		old:    "\t\t\tif i < uint(len(cells)) && cells[i].stamp >= oldest {\n\t\t\t\tl.gets++\n\t\t\t\tv = cells[i].v\n\t\t\t\tl.loaded.n = i\n\t\t\t\treturn v, true\n",
		new:    "\t\t\tif i < uint(len(cells)) {\n\t\t\t\tl.gets++\n\t\t\t\tv = cells[i].v\n\t\t\t\tl.loaded.n = i\n\t\t\t\treturn v, true\n",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/batch-takes-the-old",
		breaks: "a batch ends at a value with an old stamp",
		file:   "shard/batch.go",
		old:    "\t\t\t\t\t\tif c.stamp < oldest {\n\t\t\t\t\t\t\tbreak\n\t\t\t\t\t\t}\n",
		new:    "",
		tests:  only(in("shard", "TestBatchAsksAccept")),
	},
	{
		name:   "shard/young-value-shown",
		breaks: "a value with a stamp that is not lower than SetOldest's is not shown",
		file:   "shard/slow.go",
		old:    "stamp >= b.threshold.Load()",
		new:    "stamp > b.threshold.Load()",
		tests:  only(in("shard", "TestBatchAsksAccept")),
	},
	{
		name:   "shard/refused-value-handed-out",
		breaks: "a value that Accept refused belongs to the callee",
		file:   "shard/slow.go",
		old:    "|| b.policy.Accept(v, stamp) {",
		new:    "|| b.policy.Accept(v, stamp) || true {",
		tests:  only(in("shard")),
	},
	{
		name:   "shard/hook-called-pinned",
		breaks: "every function of the policy is called unpinned",
		file:   "shard/slow.go",
		old:    "\tif !b.putSlow(v, false) && b.policy.Overflow != nil {\n\t\tb.policy.Overflow(v)\n\t}\n",
		new:    "\tif !b.putSlow(v, false) && b.policy.Overflow != nil {\n\t\tid = pin.Pin()\n\t\tb.policy.Overflow(v)\n\t\tpin.Unpin(id)\n\t}\n",
		tests:  only(in("shard", "TestPutNSurvivesOverflow")),
	},
	{
		name:   "shard/refused-enters",
		breaks: "Admit false keeps the value out",
		file:   "shard/slow.go",
		old:    "\treturn admitted\n",
		new:    "\treturn admitted || asking == nil\n",
		tests:  only(in("pool", "TestHook|TestAcquireN|TestRetain|TestPutBack")),
	},
	{
		name:   "shard/lost-not-told",
		breaks: "a value whose Prepare panicked goes to Lost",
		file:   "shard/slow.go",
		old:    "\tasking := b // nil once the policy has returned\n",
		new:    "\tvar asking *Bag[T]\n",
		tests:  only(in("pool", "TestHook|TestAcquireN|TestRetain|TestPutBack")),
	},
	{
		name:   "shard/batch-leaks-on-panic",
		breaks: "if the policy panics in a GetN those taken so far go back",
		file:   "shard/batch.go",
		old:    "\t\tif n < len(dst) {\n\t\t\tb.putBack(dst[:n])\n\t\t}\n",
		new:    "",
		tests:  only(in("pool", "TestHook|TestAcquireN|TestRetain|TestPutBack")),
	},
	{
		name:   "shard/batch-keeps-what-went-back",
		breaks: "if the policy panics in a GetN dst is cleared",
		file:   "shard/batch.go",
		old:    "\tdefer clear(vs)\n",
		new:    "",
		tests:  only(in("pool", "TestHook|TestAcquireN|TestRetain|TestPutBack")),
	},
	{
		name:   "shard/box-keeps-its-value",
		breaks: "a box in the pool of boxes keeps nothing reachable",
		file:   "shard/large.go",
		old:    "\tvar zero T\n\t*x = zero\n",
		new:    "",
		tests:  only(in("shard", "TestBoxes")),
	},
	{
		name:   "shard/asked-put-does-not-scrub",
		breaks: "what left a lane is let go of by a Put that asks for its stamp",
		file:   "shard/slow.go",
		old:    "\t\tl.loaded.scrub()\n",
		new:    "",
		tests:  only(in("shard", "TestScrub")),
	},
	{
		name:   "shard/stamped-not-told",
		breaks: "Stamped is called when a Put that asked has entered its value",
		file:   "shard/slow.go",
		old:    "if asked && ok && b.policy.Stamped != nil {",
		new:    "if asked && !ok && b.policy.Stamped != nil {",
		tests:  only(in("shard", "TestStampIsAsked")),
	},
}

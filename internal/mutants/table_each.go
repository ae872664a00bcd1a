package main

var eachMutants = []mutant{
	{
		name:   "each/stops-at-a-panic",
		breaks: "the values after one that panicked are done all the same",
		file:   "internal/each/each.go",
		old:    "\t\tif i < len(vs) {\n\t\t\tDo(vs[i:], do)\n\t\t}\n",
		new:    "",
		tests:  only(in("internal/each")),
		quick:  true,
	},
	{
		name:   "each/skips-one-after-a-panic",
		breaks: "the values after one that panicked are done all the same, the next one, too",
		file:   "internal/each/each.go",
		old:    "Do(vs[i:], do)",
		new:    "Do(vs[i+1:], do)",
		tests:  only(in("internal/each", "TestDo")),
	},
}

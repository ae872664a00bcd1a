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
		name:   "each/twice-at-a-panic",
		breaks: "each value is done once",
		file:   "internal/each/each.go",
		old:    "\t\ti++\n\t\tdo(v)\n",
		new:    "\t\tdo(v)\n\t\ti++\n",
		tests:  only(in("internal/each", "TestDo")),
	},
}

package work

const scratchSize = 1 << 20

// scratch resembles image and archive code: a scratch of 1 MiB of which the
// beginning is used, and which the runtime has to clear when it is made.
func scratch() []Case {
	create := func() *[]byte {
		b := make([]byte, scratchSize)
		return &b
	}
	use := func(b *[]byte) {
		for i := 0; i < 16<<10; i += 64 {
			(*b)[i]++
		}
	}
	return []Case{expensive("scratch", "touch 16 KiB of a scratch of 1 MiB", "an image decoder's or an archiver's scratch",
		4096, create, nil, use)}
}

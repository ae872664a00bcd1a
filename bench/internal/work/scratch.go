package work

const scratchSize = 1 << 20

// scratch resembles image and archive code. It uses the beginning of a scratch buffer of 1 MiB. The runtime must
// clear the whole buffer when it allocates one.
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

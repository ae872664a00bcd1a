package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/valyala/bytebufferpool"

	"github.com/plungepool/plunge/buffers"
)

// pieces returns the first n bytes of text in eight pieces.
func pieces(text []byte, n int) (ps [8][]byte) {
	for i := range ps {
		ps[i] = text[i*n/8 : (i+1)*n/8]
	}
	return ps
}

func writesPlunge(p *buffers.Pool, n int, ps *[8][]byte) {
	for range n {
		b := p.NewBuffer(0)
		for _, piece := range ps {
			_, _ = b.Write(piece)
		}
		b.Release()
	}
}

func writesByteBufferPool(p *bytebufferpool.Pool, n int, ps *[8][]byte) {
	for range n {
		b := p.Get()
		for _, piece := range ps {
			_, _ = b.Write(piece)
		}
		p.Put(b)
	}
}

// BenchmarkWrites fills Buffers without a given capacity by eight writes, in turns with a bytebufferpool.Pool. It
// reports the median of the ratios.
func BenchmarkWrites(b *testing.B) {
	text := make([]byte, 32<<10)
	for _, size := range []int{100, 288, 1500, 20000} {
		b.Run(fmt.Sprintf("workload=writes/size=%d", size), func(b *testing.B) {
			var ours *buffers.Pool
			var theirs *bytebufferpool.Pool
			const batch, renew = 1000, 10
			var ratios, ns []float64
			b.ResetTimer()
			for i := 0; i < max(b.N/batch, 15); i++ {
				// A copy is slow if its two addresses agree in the lower 12 bits.
				ps := pieces(text[rand.IntN(8<<10):], size)
				if i%renew == 0 { // other memory, for the same reason
					ours, theirs = buffers.Must(buffers.New(buffers.Options{})), new(bytebufferpool.Pool)
					writesPlunge(ours, 20*batch, &ps)
					writesByteBufferPool(theirs, 20*batch, &ps)
				}
				var took [2]float64 // in both orders, because the first finds the caches cold
				for j := range took {
					which := (i + j) % 2
					t := time.Now()
					if which == 0 {
						writesPlunge(ours, batch, &ps)
					} else {
						writesByteBufferPool(theirs, batch, &ps)
					}
					took[which] = float64(time.Since(t)) / batch
				}
				ratios = append(ratios, took[0]/took[1])
				ns = append(ns, took[0])
			}
			b.ReportMetric(median(ns), "ns/use")
			b.ReportMetric(median(ratios), "x-bytebufferpool")
		})
	}
}

func median(vs []float64) float64 {
	slices.Sort(vs)
	return vs[len(vs)/2]
}

package main

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

func BenchmarkPool(b *testing.B)    { family(b, "Pool") }
func BenchmarkBytes(b *testing.B)   { family(b, "Bytes") }
func BenchmarkQueue(b *testing.B)   { family(b, "Queue") }
func BenchmarkBuffers(b *testing.B) { family(b, "Buffers") }

// family benchmarks the cases of a family. The loops are the command's, and count for themselves, so this uses b.N
// instead of b.Loop. Cases with their own GOMAXPROCS are left out, because -cpu sets it here.
func family(b *testing.B, family string) {
	for _, c := range work.All() {
		if c.Family != family || c.Procs != 0 {
			continue
		}
		for _, im := range c.Impls {
			b.Run(fmt.Sprintf("impl=%s/workload=%s/size=%d", im.Name, c.Workload, c.Size), func(b *testing.B) {
				in := im.New(work.Env{})
				in.Run(1000)
				b.ReportAllocs()
				b.ResetTimer()
				s := in.Run(b.N)
				b.StopTimer()
				b.ReportMetric(s.PerOp(), "ns/op") // of the time measured and of whole bursts
				if c.Made {
					b.ReportMetric(s.MadePer1000(), "made/kop")
				}
			})
		}
	}
}

// BenchmarkHTTP runs only the handler of the workload http, on every P, without the network and the processes.
func BenchmarkHTTP(b *testing.B) {
	for _, mode := range web.Modes() {
		b.Run(fmt.Sprintf("impl=%s/workload=http/size=1", mode), func(b *testing.B) {
			h, err := web.NewHandler(mode, work.Env{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequest("GET", "/", nil)
				for i := 0; pb.Next(); i++ {
					r.SetPathValue("variant", strconv.Itoa(i%web.Variants))
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if w.Code != 200 {
						b.Errorf("got status %d", w.Code)
					}
				}
			})
		})
	}
}

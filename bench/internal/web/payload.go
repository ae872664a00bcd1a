package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const (
	Variants = 16 // of the document
	records  = 60 // in a document: some 9 KB of JSON, 3 KB gzipped
)

// document is what the server answers with.
type document struct {
	ID      int      `json:"id"`
	Title   string   `json:"title"`
	Records []record `json:"records"`
}

type record struct {
	ID     uint64   `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

// documents returns the same documents in every process.
func documents() []document {
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"Ada", "Alan", "Barbara", "Donald", "Edsger", "Grace", "John", "Leslie", "Niklaus", "Tony"}
	tags := []string{"admin", "beta", "core", "guest", "ops", "paid", "staff", "trial"}
	docs := make([]document, Variants)
	for i := range docs {
		docs[i] = document{ID: i, Title: fmt.Sprintf("Members, page %d", i)}
		for range records {
			name := names[rng.IntN(len(names))]
			n := rng.IntN(1 << 20)
			docs[i].Records = append(docs[i].Records, record{
				ID:     rng.Uint64() >> 11,
				Name:   name,
				Email:  fmt.Sprintf("%s.%d@example.org", name, n),
				Active: n%3 == 0,
				Score:  float64(rng.IntN(10_000)) / 100,
				Tags:   []string{tags[rng.IntN(len(tags))], tags[rng.IntN(len(tags))]},
			})
		}
	}
	return docs
}

// encode writes doc through z into b. Both must be ready for use.
func encode(doc *document, z *gzip.Writer, b *bytes.Buffer) error {
	z.Reset(b)
	if err := json.NewEncoder(z).Encode(doc); err != nil {
		return err
	}
	return z.Close()
}

// answers returns the bodies that a server must answer with.
func answers() ([][]byte, error) {
	docs := documents()
	bodies := make([][]byte, len(docs))
	for i := range docs {
		var b bytes.Buffer
		if err := encode(&docs[i], gzip.NewWriter(nil), &b); err != nil {
			return nil, err
		}
		bodies[i] = b.Bytes()
	}
	return bodies, nil
}

// An independent check of an Avedis ledger with the Go checksum database's own packages (golang.org/x/mod/sumdb), which
// know nothing of Avedis: tlog proves and checks, note opens the signed checkpoints.
//
//	verify log DIR KEY       check signatures, entries, tiles, proofs and receipts
//	verify tamper DIR KEY    alter every byte of a small log in turn; every alteration must be rejected
//
// Build on Debian or Ubuntu with golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o verify verify.go
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// files maps the path of a log's resource, as C2SP tlog-tiles names it, to its bytes. It is also the tlog.TileReader.
type files map[string][]byte

func (f files) Height() int                             { return 8 }
func (f files) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}

// ReadTiles finds tiles under their C2SP paths; a partial tile may be served from a later, full one.
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, ok := f[fmt.Sprintf("tile/%d/%s", t.L, numbered(t.N, t.W))]
		if !ok {
			data, ok = f[fmt.Sprintf("tile/%d/%s", t.L, numbered(t.N, 256))]
		}
		if !ok || len(data) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d of width %d is not there", t.L, t.N, t.W)
		}
		out = append(out, data[:t.W*tlog.HashSize])
	}
	return out, nil
}

func numbered(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

// opened remembers checkpoints that held, since many receipts carry the same one.
var opened = map[string]tlog.Tree{}

// openCheckpoint gives the tree head of a checkpoint that the verifier's key signed.
func openCheckpoint(data []byte, key note.Verifier) (tlog.Tree, error) {
	if head, ok := opened[string(data)]; ok {
		return head, nil
	}
	head, err := readCheckpoint(data, key)
	if err == nil {
		opened[string(data)] = head
	}
	return head, err
}

func readCheckpoint(data []byte, key note.Verifier) (tlog.Tree, error) {
	signed, err := note.Open(data, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	// The package reads base64 leniently; here one signature has one spelling.
	for _, signature := range signed.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return tlog.Tree{}, errors.New("a signature is not canonical base64")
		}
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return tlog.Tree{}, errors.New("a checkpoint has no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// entriesIn takes a bundle of length-prefixed entries apart.
func entriesIn(bundle []byte) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return nil, errors.New("an entry bundle is cut short")
		}
		length := int(binary.BigEndian.Uint16(bundle))
		entries = append(entries, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	return entries, nil
}

// readEntries gives the first size entries, from full bundles and the partial one of exactly that size.
func (f files) readEntries(size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := int(size - n*256)
		if width > 256 {
			width = 256
		}
		path := "tile/entries/" + numbered(n, width)
		found, err := entriesIn(f[path])
		if err != nil || len(found) != width {
			return nil, fmt.Errorf("%s has %d entries (%v)", path, len(found), err)
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

var checkpointPath = regexp.MustCompile(`^checkpoint(\.[0-9]+)?$`)

// check verifies the whole log: each checkpoint with its own entries and tiles, each later one against each earlier one.
func (f files) check(key note.Verifier) (string, error) {
	bySize := map[int64]tlog.Tree{}
	for path, data := range f {
		if checkpointPath.MatchString(path) {
			head, err := openCheckpoint(data, key)
			if err != nil {
				return "", fmt.Errorf("%s: %w", path, err)
			}
			if known, ok := bySize[head.N]; ok && known != head {
				return "", fmt.Errorf("two roots are signed for size %d: the log was forked", head.N)
			}
			bySize[head.N] = head
		}
	}
	latest, err := openCheckpoint(f["checkpoint"], key)
	if err != nil {
		return "", err
	}
	var heads []tlog.Tree
	for _, head := range bySize {
		heads = append(heads, head)
	}
	sort.Slice(heads, func(a, b int) bool { return heads[a].N < heads[b].N })
	if heads[len(heads)-1] != latest {
		return "", errors.New("the checkpoint is not the newest one")
	}
	inclusion, consistency := 0, 0
	for place, head := range heads {
		reader := tlog.TileHashReader(head, f)
		entries, err := f.readEntries(head.N)
		if err != nil {
			return "", err
		}
		if head.N == 0 && head.Hash != tlog.Hash(sha256.Sum256(nil)) {
			return "", errors.New("the root of the empty tree is wrong")
		}
		for n, entry := range entries {
			proof, err := tlog.ProveRecord(head.N, int64(n), reader)
			if err == nil {
				err = tlog.CheckRecord(proof, head.N, head.Hash, int64(n), tlog.RecordHash(entry))
			}
			if err != nil {
				return "", fmt.Errorf("entry %d of %d: %w", n, head.N, err)
			}
			inclusion++
		}
		for _, earlier := range heads[:place] {
			if earlier.N == 0 {
				continue
			}
			proof, err := tlog.ProveTree(head.N, earlier.N, reader)
			if err == nil {
				err = tlog.CheckTree(proof, head.N, head.Hash, earlier.N, earlier.Hash)
			}
			if err != nil {
				return "", fmt.Errorf("tree %d does not begin with tree %d: %w", head.N, earlier.N, err)
			}
			consistency++
		}
	}
	receipts := 0
	for path, data := range f {
		if strings.HasSuffix(path, ".tlog-proof") {
			if err := checkReceipt(data, f[strings.TrimSuffix(path, "tlog-proof")+"event"], key); err != nil {
				return "", fmt.Errorf("%s: %w", path, err)
			}
			receipts++
		}
	}
	return fmt.Sprintf("%d checkpoints, %d leaves, %d inclusion, %d consistency, %d receipts",
		len(heads), latest.N, inclusion, consistency, receipts), nil
}

// checkReceipt verifies a C2SP tlog-proof of a salted commitment to an event.
func checkReceipt(proof, event []byte, key note.Verifier) error {
	head, checkpoint, found := bytes.Cut(proof, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return errors.New("not a tlog-proof")
	}
	extra, err := base64.StdEncoding.Strict().DecodeString(lines[1][6:])
	if err != nil || len(extra) < 34 || extra[0] != 1 {
		return errors.New("the extra data are not version 1")
	}
	index, err := strconv.ParseInt(lines[2][6:], 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != lines[2][6:] {
		return errors.New("the index is not a number")
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			return errors.New("a proof line is not a hash")
		}
		path = append(path, *(*tlog.Hash)(data))
	}
	tree, err := openCheckpoint(checkpoint, key)
	if err != nil {
		return err
	}
	preimage := append(append([]byte("um-event/v1\x00"), extra[1:33]...), event...)
	commitment := sha256.Sum256(preimage)
	leaf := "um-event/v1\n" + base64.StdEncoding.EncodeToString(commitment[:]) + "\n" + string(extra[33:]) + "\n"
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash([]byte(leaf)))
}

// tamper changes each byte of each file that this program reads and expects every change to be rejected.
func (f files) tamper(key note.Verifier) (int, error) {
	if _, err := f.check(key); err != nil {
		return 0, err
	}
	rejected := 0
	for path, data := range f {
		if strings.HasSuffix(path, ".json") {
			continue // Receipt files are the Python verifier's.
		}
		for place := range data {
			altered := append([]byte(nil), data...)
			altered[place] ^= 1
			f[path] = altered
			if _, err := f.check(key); err == nil {
				return rejected, fmt.Errorf("the log was accepted after byte %d of %s", place, path)
			}
			rejected++
		}
		f[path] = data
	}
	return rejected, nil
}

func run() error {
	if len(os.Args) != 4 {
		return errors.New("usage: verify log|tamper DIR KEY")
	}
	key, err := note.NewVerifier(os.Args[3])
	if err != nil {
		return err
	}
	log := files{}
	err = filepath.WalkDir(os.Args[2], func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(os.Args[2], path)
		if err == nil {
			log[filepath.ToSlash(name)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return err
	}
	switch os.Args[1] {
	case "log":
		counts, err := log.check(key)
		if err == nil {
			fmt.Println("OK log:", counts)
		}
		return err
	case "tamper":
		rejected, err := log.tamper(key)
		if err == nil {
			fmt.Printf("OK tamper: %d of %d alterations rejected\n", rejected, rejected)
		}
		return err
	}
	return errors.New("usage: verify log|tamper DIR KEY")
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "REJECTED:", err)
		os.Exit(1)
	}
}

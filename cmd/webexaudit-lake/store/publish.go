package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"webexaudit/reports"
)

// Put publishes the file at path as an object, in place of one that may be there.
func (s *Store) Put(ctx context.Context, key, path string) error {
	err := s.try.do(ctx, func() error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return s.write(ctx, key, f, true)
	})
	return s.explain(key, err)
}

// Create makes a small object that was not there, and reports whether it was this call that made it: one with the same
// content may be there, which another try or another program has made. One with other content is [ErrExists].
func (s *Store) Create(ctx context.Context, key string, text []byte) (made bool, err error) {
	err = s.try.do(ctx, func() error { return s.write(ctx, key, bytes.NewReader(text), false) })
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrExist) && gcerrors.Code(err) != gcerrors.FailedPrecondition {
		return false, s.explain(key, err)
	}
	there, err := s.Read(ctx, key)
	switch {
	case err != nil:
		return false, err
	case !bytes.Equal(there, text):
		return false, fmt.Errorf("%s/%s: %w", s.name, key, ErrExists)
	}
	return false, nil
}

// write writes an object at once. When it fails, or ctx is done, nothing of it is visible.
func (s *Store) write(ctx context.Context, key string, r io.Reader, replace bool) error {
	if s.bucket == nil {
		return s.writeFile(key, r, replace)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{IfNotExist: !replace})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		cancel() // before Close, which would publish what is there
		_ = w.Close()
		return err
	}
	return w.Close()
}

// writeFile writes a file under a hidden name and renames it once it is on the disk.
func (s *Store) writeFile(key string, r io.Reader, replace bool) error {
	path := filepath.Join(s.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := reports.Begin(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = f.Publish(replace)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Fetch brings an object to a file, whose folder is made. The file is there whole or not at all.
func (s *Store) Fetch(ctx context.Context, key, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	err := s.try.do(ctx, func() error {
		b, done, err := s.open()
		if err != nil {
			return err
		}
		defer done()
		r, err := b.NewReader(ctx, key, nil)
		if err != nil {
			return err
		}
		defer r.Close()
		return save(path, r)
	})
	return s.explain(key, err)
}

func save(path string, r io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".fetch-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

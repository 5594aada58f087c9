// Package store keeps the objects of a lake: files below a folder, or objects of a bucket of S3, Google Cloud Storage
// or Azure.
//
// An object is there whole or not at all. In a folder it begins under a hidden name and is renamed once it is on the
// disk; elsewhere it is one upload. What says that others are complete (a manifest, a marker) is made after them with
// [Store.Create]: of several writers one succeeds. Credentials are those that the SDKs find by themselves
// (environment, files, the machine's role); none is read, kept or printed here.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob" // gs://
	_ "gocloud.dev/blob/s3blob"  // s3://
	"gocloud.dev/gcerrors"
)

// ErrExists says that an object is there already, with other content.
var ErrExists = errors.New("it is there already, with other content")

// Store is a place for objects. Its methods may be called by several goroutines.
type Store struct {
	name    string // for people: without what may hold secrets
	address string // of a bucket
	dir     string // the folder; "": a bucket
	bucket  *blob.Bucket
	try     Patience
}

// Object describes one object.
type Object struct {
	Key   string
	Bytes int64
	Time  time.Time // when it was written last, in whole seconds
}

// schemes are those of the drivers that are built in.
var schemes = []string{"file", "s3", "gs", "azblob"}

// Open opens a folder (a path, or file:///path), which is made when the first object is written, or a bucket:
// s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, azblob://CONTAINER/PREFIX. Parameters behind "?" are those of
// gocloud.dev/blob.
func Open(ctx context.Context, place string) (*Store, error) {
	scheme, _, found := strings.Cut(place, "://")
	if !found {
		return openDir(place)
	}
	u, err := url.Parse(place)
	if err != nil {
		return nil, errors.New("the address of the store cannot be read") // which may hold a secret
	}
	switch {
	case !slices.Contains(schemes, scheme):
		return nil, fmt.Errorf("%s: want a folder, or one of %s://", Redact(place), strings.Join(schemes, "://, "))
	case scheme == "file":
		return openDir(filepath.FromSlash(u.Path))
	case u.Host == "":
		return nil, fmt.Errorf("%s: the name of the bucket is missing", Redact(place))
	}
	prefix := strings.Trim(u.Path, "/")
	u.Path, u.User = "", nil
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, clean(Redact(place), err)
	}
	if prefix != "" {
		b = blob.PrefixedBucket(b, prefix+"/")
	}
	return &Store{name: Redact(place), address: shareable(place), bucket: b, try: Patient}, nil
}

func openDir(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("the folder has no name")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	switch info, err := os.Stat(dir); {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("%s: %w", dir, errors.New("it is no folder"))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return &Store{name: dir, dir: dir, try: Patient}, nil
}

// SetPatience says how often and how fast what fails is tried again.
func (s *Store) SetPatience(p Patience) { s.try = p }

// Name is what to call the store before people.
func (s *Store) Name() string { return s.name }

// Dir is the folder of the store; "" where it is a bucket.
func (s *Store) Dir() string { return s.dir }

// Close gives up the connection.
func (s *Store) Close() error {
	if s.bucket == nil {
		return nil
	}
	return s.bucket.Close()
}

// local is the folder as a bucket, for reading and listing; nil where it does not exist.
func (s *Store) open() (b *blob.Bucket, done func(), err error) {
	if s.bucket != nil {
		return s.bucket, func() {}, nil
	}
	b, err = fileblob.OpenBucket(s.dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		if _, missing := os.Stat(s.dir); errors.Is(missing, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("%s: %w", s.dir, fs.ErrNotExist)
		}
		return nil, nil, err
	}
	return b, func() { _ = b.Close() }, nil
}

// List lists the objects whose keys begin with prefix, in the order of their keys, and no others. What is hidden (a
// name that begins with a dot: unfinished files) is left out.
func (s *Store) List(ctx context.Context, prefix string) (list []Object, err error) {
	err = s.try.do(ctx, func() error {
		list = list[:0]
		return s.each(ctx, &blob.ListOptions{Prefix: prefix}, func(o *blob.ListObject) {
			if !hidden(o.Key) {
				list = append(list, Object{o.Key, o.Size, whole(o.ModTime)})
			}
		})
	})
	slices.SortFunc(list, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	return list, s.explain(prefix, err)
}

// Folders lists the names directly below a prefix that ends with "/" or is empty, without looking into them.
func (s *Store) Folders(ctx context.Context, prefix string) (list []string, err error) {
	err = s.try.do(ctx, func() error {
		list = list[:0]
		return s.each(ctx, &blob.ListOptions{Prefix: prefix, Delimiter: "/"}, func(o *blob.ListObject) {
			if o.IsDir && !hidden(o.Key) {
				list = append(list, strings.TrimSuffix(strings.TrimPrefix(o.Key, prefix), "/"))
			}
		})
	})
	slices.Sort(list)
	return list, s.explain(prefix, err)
}

func (s *Store) each(ctx context.Context, o *blob.ListOptions, do func(*blob.ListObject)) error {
	b, done, err := s.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a folder that nobody has written to
	}
	if err != nil {
		return err
	}
	defer done()
	for it := b.List(o); ; {
		switch object, err := it.Next(ctx); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		default:
			do(object)
		}
	}
}

// whole cuts a time to seconds: servers are more exact in lists than when they are asked for one object.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func hidden(key string) bool {
	return strings.HasPrefix(key, ".") || strings.Contains(key, "/.")
}

// Read reads a small object whole.
func (s *Store) Read(ctx context.Context, key string) (text []byte, err error) {
	err = s.try.do(ctx, func() error {
		b, done, err := s.open()
		if err != nil {
			return err
		}
		defer done()
		text, err = b.ReadAll(ctx, key)
		return err
	})
	return text, s.explain(key, err)
}

// Stat describes an object; the error is fs.ErrNotExist where there is none.
func (s *Store) Stat(ctx context.Context, key string) (o Object, err error) {
	err = s.try.do(ctx, func() error {
		b, done, err := s.open()
		if err != nil {
			return err
		}
		defer done()
		a, err := b.Attributes(ctx, key)
		if err == nil {
			o = Object{key, a.Size, whole(a.ModTime)}
		}
		return err
	})
	return o, s.explain(key, err)
}

// Exists reports whether an object is there.
func (s *Store) Exists(ctx context.Context, key string) (bool, error) {
	_, err := s.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Reader reads an object from its beginning; what is not read is not fetched. Nothing is tried again once it has begun.
func (s *Store) Reader(ctx context.Context, key string) (r io.ReadCloser, err error) {
	err = s.try.do(ctx, func() error {
		b, done, err := s.open()
		if err != nil {
			return err
		}
		in, err := b.NewReader(ctx, key, nil)
		if err != nil {
			done()
			return err
		}
		r = &reader{in, done}
		return nil
	})
	return r, s.explain(key, err)
}

type reader struct {
	io.ReadCloser
	done func()
}

func (r *reader) Close() error {
	defer r.done()
	return r.ReadCloser.Close()
}

// Delete removes an object; that it is not there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	err := s.try.do(ctx, func() error {
		b, done, err := s.open()
		if err != nil {
			return err
		}
		defer done()
		return b.Delete(ctx, key)
	})
	if errors.Is(err, fs.ErrNotExist) || gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return s.explain(key, err)
}

// explain gives an error the object's name, and takes from it what may be secret.
func (s *Store) explain(key string, err error) error {
	if err == nil {
		return nil
	}
	name := strings.TrimSuffix(s.name, "/") + "/" + key
	if gcerrors.Code(err) == gcerrors.NotFound || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return clean(cmp.Or(name, s.name), err)
}

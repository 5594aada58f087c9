package iceberg

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/catalog/rest"
	sqlcatalog "github.com/apache/iceberg-go/catalog/sql"
	"github.com/apache/iceberg-go/io"
	_ "github.com/apache/iceberg-go/io/gocloud/gcs" // gs://
	_ "github.com/apache/iceberg-go/io/gocloud/s3"  // s3://
	_ "modernc.org/sqlite"                          // the driver "sqlite"

	"webexaudit/cmd/webexaudit-lake/store"
)

// Name is what the catalog is called in its database, for other programs that open it, and the default namespace.
const Name = "webexaudit"

// openCatalog opens the catalog: a file of SQLite, or the address of a REST catalog.
func openCatalog(ctx context.Context, lake *store.Store, o *Options) (cat catalog.Catalog, done func(), err error) {
	props := access(lake)
	if strings.Contains(o.Catalog, "://") {
		cat, err = openREST(ctx, o, props)
		return cat, func() {}, err
	}
	path, err := filepath.Abs(cmp.Or(o.Catalog, filepath.Join(lake.Dir(), folder, "catalog.db")))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o777)
	}
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, nil, err
	}
	if cat, err = sqlcatalog.NewCatalog(Name, db, sqlcatalog.SQLite, props); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return cat, func() { _ = db.Close() }, nil
}

// ErrNoCatalog says that the catalog of a lake in a bucket must be named: a database cannot lie in a bucket.
var ErrNoCatalog = errors.New("a lake in a bucket needs a catalog: the file of a database here, or the address of a REST catalog")

func openREST(ctx context.Context, o *Options, props iceberg.Properties) (catalog.Catalog, error) {
	u, err := url.Parse(o.Catalog)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errors.New("the address of the catalog cannot be used: want https://HOST/PATH, without a password")
	}
	options := []rest.Option{rest.WithAdditionalProps(props)}
	if o.Warehouse != "" {
		options = append(options, rest.WithWarehouseLocation(o.Warehouse))
	}
	if token := os.Getenv("WEBEXAUDIT_ICEBERG_TOKEN"); token != "" {
		options = append(options, rest.WithOAuthToken(token))
	}
	if credential := os.Getenv("WEBEXAUDIT_ICEBERG_CREDENTIAL"); credential != "" {
		options = append(options, rest.WithCredential(credential))
	}
	return rest.NewCatalog(ctx, Name, o.Catalog, options...)
}

// base is the address of the lake as it stands in tables, without what says how it is reached.
func base(lake *store.Store) (string, error) {
	if dir := lake.Dir(); dir != "" {
		return "file://" + filepath.ToSlash(dir), nil
	}
	u, err := url.Parse(lake.Address())
	if err != nil || u.Scheme != "s3" && u.Scheme != "gs" {
		return "", fmt.Errorf("%s: tables can be registered of folders, s3:// and gs:// alone", lake.Name())
	}
	return strings.TrimSuffix(u.Scheme+"://"+u.Host+u.Path, "/"), nil
}

// access is how the lake's bucket is reached, in the words of Iceberg. Credentials are not part of it.
func access(lake *store.Store) iceberg.Properties {
	props := iceberg.Properties{}
	u, err := url.Parse(lake.Address())
	if err != nil || u.Scheme != "s3" {
		return props
	}
	q := u.Query()
	for name, key := range map[string]string{"region": io.S3Region, "endpoint": io.S3EndpointURL} {
		if v := q.Get(name); v != "" {
			props[key] = v
		}
	}
	if q.Get("use_path_style") == "true" || q.Get("s3ForcePathStyle") == "true" {
		props[io.S3ForceVirtualAddressing] = "false"
	}
	return props
}

package runs

import (
	"errors"
	"fmt"
	"os"

	"github.com/parquet-go/parquet-go"
)

// check reads the footer of a table: one that was cut short has none, one of another run says so.
func (r *Run) check(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	table, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err == nil {
		if id, _ := table.Lookup("webexaudit.run_id"); id != r.ID {
			err = errors.New("it is of another run")
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

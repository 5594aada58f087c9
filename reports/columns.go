package reports

import "github.com/parquet-go/parquet-go"

// Column is a column of a Parquet table.
type Column struct {
	Table string
	ID    int // the field id: never used again for anything else
	Name  string
	Type  string // in the words of docs/parquet.md; json is string here
	Null  bool   // whether it can be NULL
	Item  int    // field id of the items of a list
}

// Columns are those of all tables, in their order.
func Columns() (list []Column) {
	for _, t := range tables {
		for _, f := range parquet.SchemaOf(t.row).Fields() {
			c := Column{Table: t.name, ID: f.ID(), Name: f.Name(), Type: columnType(f), Null: f.Optional()}
			if !f.Leaf() {
				c.Item = f.Fields()[0].Fields()[0].ID()
			}
			list = append(list, c)
		}
	}
	return list
}

func columnType(f parquet.Field) string {
	if !f.Leaf() {
		return "list"
	}
	return map[string]string{
		"INT(32,true)": "int32", "INT(64,true)": "int64", "DOUBLE": "double", "BOOLEAN": "boolean", "STRING": "string",
		"TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)": "timestamp",
	}[f.Type().String()]
}

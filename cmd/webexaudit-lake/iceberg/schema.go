package iceberg

import (
	"github.com/apache/iceberg-go"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/reports"
)

// types are those of Iceberg by the words of [reports.Column]; a list is made of strings.
var types = map[string]iceberg.Type{
	"int32": iceberg.PrimitiveTypes.Int32, "int64": iceberg.PrimitiveTypes.Int64, "double": iceberg.PrimitiveTypes.Float64,
	"boolean": iceberg.PrimitiveTypes.Bool, "string": iceberg.PrimitiveTypes.String,
	"timestamp": iceberg.PrimitiveTypes.TimestampTz,
}

// schemaOf is a table's schema with the field ids that its files have.
func schemaOf(name string) *iceberg.Schema {
	var fields []iceberg.NestedField
	for _, c := range reports.Columns() {
		if c.Table != name {
			continue
		}
		f := iceberg.NestedField{ID: c.ID, Name: c.Name, Type: types[c.Type], Required: !c.Null}
		if c.Type == "list" {
			f.Type = &iceberg.ListType{ElementID: c.Item, Element: types["string"], ElementRequired: true}
		}
		fields = append(fields, f)
	}
	return iceberg.NewSchema(0, fields...)
}

// specOf says how a table's files are divided: by the day on which rows begin and by sensor, as their folders are.
// Files with rows of several days, or without a time, are not divided.
func specOf(name string, schema *iceberg.Schema) (iceberg.PartitionSpec, error) {
	return iceberg.NewPartitionSpecOpts(iceberg.WithSpecID(1),
		iceberg.AddPartitionFieldByName(layout.Start(name), "day", iceberg.DayTransform{},
			schema, nil),
		iceberg.AddPartitionFieldByName("sensor_id", "sensor", iceberg.IdentityTransform{}, schema, nil))
}

// missing are the columns that newer files have and a table does not; nil: none.
func missing(have, want *iceberg.Schema) *iceberg.Schema {
	fields := have.Fields()
	for _, f := range want.Fields() {
		if _, ok := have.FindFieldByID(f.ID); !ok {
			fields = append(fields, f)
		}
	}
	if len(fields) == len(have.Fields()) {
		return nil
	}
	return iceberg.NewSchema(have.ID+1, fields...)
}

"""Opens the parts of a folder that diglot wrote in pyarrow, polars and DuckDB, and compares what they read.

    pip install pyarrow polars duckdb
    python bench/read_outputs.py FOLDER [TABLE.parquet, the same by `diglot convert`]
"""
import glob
import os
import sys

import duckdb
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

parts = sorted(glob.glob(os.path.join(sys.argv[1], "*.arrow")))
tables = [pyarrow.ipc.open_stream(part).read_all() for part in parts]
table = whole = pyarrow.concat_tables(tables)
rows = table.to_pylist()
assert len(rows) > 0
assert polars.concat([polars.read_ipc_stream(part) for part in parts]).to_dicts() == rows
found = duckdb.sql("SELECT * FROM whole").fetchall()
assert [dict(zip(table.column_names, row)) for row in found] == rows
if len(sys.argv) > 2:
    assert pyarrow.parquet.read_table(sys.argv[2]).to_pylist() == rows
    assert polars.read_parquet(sys.argv[2]).to_dicts() == rows
    assert len(duckdb.read_parquet(sys.argv[2]).fetchall()) == len(rows)
versions = f"pyarrow {pyarrow.__version__}, polars {polars.__version__}, duckdb {duckdb.__version__}"
print(f"{len(rows)} rows, {table.num_columns} columns, {len(parts)} parts: the same in {versions}")

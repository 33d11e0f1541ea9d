"""Functions of SQLite that only read what they are given."""

from __future__ import annotations

_NAMES = """
abs acos acosh asin asinh atan atan2 atanh avg bm25 cast ceil ceiling char char_length coalesce concat concat_ws cos cosh count
cume_dist current_date current_time current_timestamp date datetime decimal degrees dense_rank exists exp first_value floor
format glob group_concat hex highlight if ifnull iif instr integer json json_array json_array_length json_error_position
json_extract json_group_array json_group_object json_insert json_object json_patch json_pretty json_quote json_remove
json_replace json_set json_type json_valid jsonb jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert
jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag last_value lead length like likelihood likely ln log
log10 log2 lower ltrim max median min mod nth_value ntile nullif numeric octet_length percent_rank percentile percentile_cont
percentile_disc pi pow power printf quote radians random rank real replace round row row_number rtrim sign sin sinh snippet
soundex sqrt strftime string_agg substr substring sum tan tanh text time timediff timestamp total trim trunc typeof unhex unicode
unistr unixepoch unlikely upper varchar
"""

_TABLES = """
generate_series json_each json_tree jsonb_each jsonb_tree
"""

NAMES = frozenset(_NAMES.split())

TABLES = frozenset(_TABLES.split())
"""Those that may stand where a table may."""

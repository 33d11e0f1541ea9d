"""Which parts a statement may be made of. Data: a class of sqlglot's that is not named here is refused, also one yet to come."""

from __future__ import annotations

from sqlglot import exp

PLAIN, CALL, TABLE, ALIAS, ARGUMENT, UNKNOWN = range(6)
"""How a part of a statement is looked at. Numbers of this module, not an Enum: each part of each statement is asked."""

_PLAIN = """
    Select Union Except Intersect Subquery Paren Values Tuple With CTE From Join Identifier Column Star
    Where Group GroupingSets Cube Rollup Having Qualify Order Ordered Limit LimitOptions Offset Fetch Distinct
    Window WindowSpec Filter WithinGroup IgnoreNulls RespectNulls HavingMax TableSample Pivot PivotAlias PivotAny UnpivotColumns
    Literal Null Boolean National HexString BitString ByteString RawString UnicodeString Introducer CharacterSet
    Interval IntervalSpan Var DataType DataTypeParam ColumnDef PseudoType PositionalColumn Lateral IndexTableHint
    Add Sub Mul Div IntDiv Mod Neg Not EQ NEQ GT GTE LT LTE NullSafeEQ NullSafeNEQ Is Between In Like ILike SimilarTo Glob Escape
    BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift DPipe Distance Overlaps Adjacent Match
    ExtendsLeft ExtendsRight Dot AtTimeZone FromTimeZone Slice Bracket Lambda Comprehension ForIn Any All
    JSON JSONValue JSONKeyValue JSONExtractQuote FormatJson OnCondition JSONColumnDef JSONSchema
    JSONPath JSONPathRoot JSONPathKey JSONPathSubscript JSONPathWildcard JSONPathSlice JSONPathUnion JSONPathRecursive
    And Or Xor Cast TryCast CastToStrType Case If Exists Extract
"""

_BARE = """
    Abs AnyValue ApproxQuantile ArgMax ArgMin Array ArrayContainedBy ArrayContains ArrayContainsAll ArrayOverlaps Ceil Chr Collate
    Columns Concat CurrentDate CurrentTime CurrentTimestamp DateDiff Decode DecodeCase Floor GroupConcat Initcap
    JSONArrayAgg JSONArrayContains JSONBContains JSONBContainsAllTopKeys JSONBContainsAnyTopKeys JSONBContainsTopKey
    JSONBDeleteAtPath JSONBExists JSONBExtract JSONBExtractScalar JSONBPathExists JSONExtract JSONExtractScalar JSONObject
    JSONObjectAgg JSONTable List Localtime Localtimestamp Map MatchAgainst Max Min Normalize Overlay PercentileCont
    PercentileDisc Pow Quantile RegexpFullMatch RegexpILike RegexpLike Soundex StartsWith StrPosition Struct Substring ToMap
    Trim TsOrDsToDate TsOrDsToTimestamp Unnest VarMap WeightString
"""


def _kinds() -> dict[type[exp.Expr], int]:
    calls = {kind: CALL for kind in vars(exp).values() if isinstance(kind, type) and issubclass(kind, exp.Func)}
    plain: dict[type[exp.Expr], int] = {getattr(exp, name): PLAIN for name in _PLAIN.split()}
    rest: dict[type[exp.Expr], int] = {
        exp.Table: TABLE,
        exp.Alias: ALIAS,
        exp.TableAlias: ALIAS,
        exp.PropertyEQ: ARGUMENT,
        exp.Kwarg: ARGUMENT,
    }
    return calls | plain | rest


KINDS = _kinds()
"""How each part that a statement may have is looked at. All functions are calls: their names decide, as they are written."""

BARE: frozenset[type[exp.Expr]] = frozenset(getattr(exp, name) for name in _BARE.split())
"""Functions that are written without a name of their own before a bracket: operators, CURRENT_DATE, TRIM(BOTH …)."""

TABLE_WORDS: frozenset[type[exp.Expr]] = frozenset({exp.JSONTable, exp.Unnest})
"""Of these, those that may stand where a table may."""

STATEMENTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
"""What a whole statement may be."""

_CLAUSE_WORDS = """
    AND ANTI ASOF AT CROSS DUMPFILE EXCEPT FETCH FOR FORCE FROM FULL GROUP HAVING IGNORE INDEXED INNER INTERSECT INTO JOIN LATERAL
    LEFT LIMIT LOCK MINUS NATURAL NOT OFFSET ON OR ORDER OUTER OUTFILE PARTITION PIVOT POSITIONAL PROCEDURE QUALIFY RETURNING
    RIGHT SAMPLE SELECT SEMI SET STRAIGHT_JOIN TABLE TABLESAMPLE UNION UNPIVOT USE USING VALUES WHERE WINDOW WITH
"""

CLAUSE_WORDS = frozenset(_CLAUSE_WORDS.split())
"""What starts another clause in some engine, and would be taken for a name here: no alias without AS is called so."""

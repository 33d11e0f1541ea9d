"""Queries of analysts that must pass, in each dialect, and are run as they were written."""

from __future__ import annotations

import pytest

from racto_nb.pipelines import GuardPolicy, ReadOnlySQLGuard, SQLGuard

EVERYWHERE = [
    "SELECT 1",
    "select name from people",
    "SELECT replace(name, 'a', 'b') FROM people",
    "SELECT * FROM log WHERE action = 'delete'",
    "SELECT 'DROP TABLE people; --' AS joke",
    'SELECT p."update", p."delete" FROM people AS p',
    "SELECT updated, created, deleted FROM people",
    "SELECT insert_date, copy_of, call_count FROM calls",
    "SELECT count(*), sum(amount), avg(amount), min(amount), max(amount) FROM sales",
    "SELECT count(DISTINCT name) FROM people WHERE name IS NOT NULL AND age BETWEEN 1 AND 9 OR name IN ('a', 'b')",
    "SELECT p.name, s.city FROM people p JOIN shops s ON p.shop = s.id LEFT JOIN towns t ON t.id = s.town",
    "SELECT * FROM a CROSS JOIN b",
    "SELECT * FROM a, b WHERE a.id = b.id",
    "SELECT name FROM a JOIN b USING (id)",
    "SELECT city, sum(amount) AS total FROM sales GROUP BY city HAVING sum(amount) > 10 ORDER BY total DESC LIMIT 5",
    "WITH few AS (SELECT * FROM people), fewer AS (SELECT * FROM few) SELECT * FROM fewer",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n",
    "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3",
    "SELECT id FROM a EXCEPT SELECT id FROM b",
    "SELECT id FROM a INTERSECT SELECT id FROM b",
    "SELECT CASE WHEN age < 18 THEN 'young' ELSE 'old' END AS kind FROM people",
    "SELECT (SELECT max(amount) FROM sales) AS most",
    "SELECT name FROM people WHERE EXISTS (SELECT 1 FROM sales WHERE sales.person = people.id)",
    "SELECT name FROM people WHERE id NOT IN (SELECT person FROM sales)",
    "SELECT name, row_number() OVER (PARTITION BY city ORDER BY age DESC) AS place FROM people",
    "SELECT name, sum(amount) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM sales",
    "SELECT lag(amount, 1) OVER (ORDER BY day), lead(amount) OVER (ORDER BY day), rank() OVER (ORDER BY day) FROM sales",
    "SELECT sum(amount) OVER w FROM sales WINDOW w AS (PARTITION BY city)",
    "SELECT coalesce(name, 'x'), nullif(a, b), upper(name), lower(name), trim(name), length(name), substr(name, 1, 2) FROM people",
    "SELECT round(amount, 2), abs(amount), ceil(amount), floor(amount), mod(a, 2), power(a, 2), sqrt(a) FROM sales",
    "SELECT cast(amount AS int) FROM sales",
    "SELECT DISTINCT city FROM shops ORDER BY city",
    "SELECT a FROM t ORDER BY a DESC LIMIT 10 OFFSET 20",
    'SELECT name AS "Name of the person" FROM people -- with a comment',
    "SELECT /* before */ name FROM people /* after */ ;",
    "  SELECT name FROM people ; ",
    "SELECT 'it''s', '-- no comment', '/* none */', ';'",
    "SELECT name FROM people WHERE name LIKE '%x%' AND NOT name LIKE 'y%'",
    "SELECT a + b - c * d / e, -a, a % 2 FROM t",
    "SELECT current_date, current_timestamp",
    "(SELECT 1)",
]  # fmt: skip

OF_ONE = {
    "duckdb": [
        "FROM people",
        "FROM people SELECT name WHERE age > 3",
        "TABLE people",
        "SELECT * EXCLUDE (age) FROM people",
        "SELECT * REPLACE (upper(name) AS name) FROM people",
        "SELECT COLUMNS('^n') FROM people",
        "SELECT min(COLUMNS(*)) FROM people",
        "SELECT name[1], phones[:2], tags[-1] FROM people",
        "SELECT {'a': 1, 'b': [1, 2]}, MAP {'x': 1}, [1, 2, 3]",
        "SELECT list_transform(tags, x -> upper(x)), list_filter(tags, lambda x: x <> 'a') FROM people",
        "SELECT [x * 2 FOR x IN tags IF x > 1] FROM people",
        "SELECT date_trunc('month', day) AS month, sum(amount) FROM sales GROUP BY ALL ORDER BY ALL",
        "SELECT strftime(day, '%Y-%m'), datediff('minute', a, b), day + INTERVAL 1 DAY, DATE '2024-01-01' FROM sales",
        "SELECT quantile_cont(amount, 0.5), median(amount), arg_max(name, amount), approx_count_distinct(name) FROM sales",
        "SELECT string_agg(name, ', ' ORDER BY name), list(name), first(name), any_value(name) FROM people",
        "SELECT count(*) FILTER (WHERE age > 3) FROM people",
        "SELECT name, amount FROM sales QUALIFY row_number() OVER (PARTITION BY name ORDER BY amount DESC) = 1",
        "SELECT * FROM people USING SAMPLE 10%",
        "SELECT * FROM people TABLESAMPLE 10%",
        "SELECT * FROM range(10) AS r(i)",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT unnest(tags) FROM people",
        "SELECT * FROM people, unnest(tags) AS t(tag)",
        "SELECT * FROM people ASOF JOIN prices ON people.day >= prices.day",
        "SELECT * FROM people SEMI JOIN sales ON people.id = sales.person",
        "SELECT * FROM people POSITIONAL JOIN sales",
        "SELECT data->>'$.name', data->'a', json_extract(data, '$.b') FROM people",
        "SELECT person.name, person['age'] FROM people",
        "SELECT regexp_extract(name, '([a-z]+)@([\\da-z\\.-]+)', 1), regexp_matches(name, 'a'), name SIMILAR TO 'a.*' FROM people",
        "SELECT name::VARCHAR, TRY_CAST(name AS INTEGER), name ILIKE 'a%', name GLOB 'a*' FROM people",
        "SELECT * FROM sales PIVOT (sum(amount) FOR city IN ('a', 'b'))",
        "SELECT * FROM (PIVOT sales ON city USING sum(amount))",
        "SELECT a, b, sum(c) FROM t GROUP BY GROUPING SETS ((a), (b), ())",
        "SELECT a, b, sum(c) FROM t GROUP BY CUBE (a, b)",
        "SELECT a, b, sum(c) FROM t GROUP BY ROLLUP (a, b)",
        "VALUES (1, 'a'), (2, 'b')",
        "SELECT * FROM (VALUES (1, 'a')) AS v(i, t)",
        "SELECT a // b, a ** b, a IS DISTINCT FROM b FROM t",
        "SELECT $$it's$$, e'a\\nb'",
        "SELECT #1 FROM t",
        "SELECT price/0.85 AS 'price (USD)' FROM laptops",
        "SELECT x.i FROM (SELECT 1 AS i) AS x, LATERAL (SELECT x.i + 1) AS y",
        "SELECT id FROM a UNION BY NAME SELECT id FROM b",
        "SELECT extract(year FROM day), year(day), dayname(day), epoch(day) FROM sales",
        "SELECT TRY(a / b) FROM t",
        "EXPLAIN SELECT * FROM people",
        "DESCRIBE people",
        "DESCRIBE SELECT * FROM people",
        "SUMMARIZE people",
        "SUMMARIZE SELECT name FROM people",
    ],
    "sqlite": [
        "SELECT strftime('%Y', day), date('now', '-1 day'), julianday(day), datetime(day, 'unixepoch') FROM sales",
        "SELECT group_concat(name, ', '), total(amount), iif(a, b, c), ifnull(a, b), printf('%d', a) FROM people",
        'SELECT [name], `age`, "city" FROM people',
        "SELECT json_extract(data, '$.a'), data->'a', data->>'b' FROM people",
        "SELECT value FROM json_each('[1, 2]')",
        "SELECT * FROM people, json_each(people.tags)",
        "SELECT rowid, * FROM people",
        "SELECT name FROM people WHERE name GLOB 'a*' COLLATE NOCASE",
        "VALUES (1), (2)",
        "SELECT a || b, a IS b, a IS NOT b, instr(a, 'x'), typeof(a), hex(a), x'ab' FROM t",
        "SELECT * FROM a NATURAL JOIN b",
        "SELECT a FROM t LIMIT 5, 10",
        "SELECT main.people.name FROM main.people",
        "EXPLAIN QUERY PLAN SELECT * FROM people",
        "EXPLAIN SELECT * FROM people",
    ],
    "postgres": [
        "SELECT date_trunc('month', day), extract(epoch FROM day), day::date, age(day), now() - interval '1 day', to_char(day, 'YYYY') FROM sales",
        "SELECT DISTINCT ON (city) city, name FROM people ORDER BY city, age DESC",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), mode() WITHIN GROUP (ORDER BY city) FROM sales",
        "SELECT array_agg(name ORDER BY name), string_agg(name, ','), bool_and(a), json_agg(p) FROM people p",
        "SELECT count(*) FILTER (WHERE age > 3) FROM people",
        "SELECT data->>'a', data#>>'{a,b}', data @> '{\"a\": 1}', jsonb_path_query_first(data, '$.a') FROM people",
        "SELECT * FROM generate_series(1, 10) AS g(i)",
        "SELECT d::date FROM generate_series('2024-01-01'::date, '2024-02-01', '1 day') AS d",
        "SELECT t.tag FROM people, unnest(tags) AS t(tag)",
        "SELECT * FROM people p, LATERAL (SELECT max(amount) FROM sales s WHERE s.person = p.id) AS m",
        "SELECT * FROM people WHERE name ~* '^a' AND name ILIKE 'a%' AND id = ANY(ARRAY[1, 2])",
        "SELECT a IS NOT DISTINCT FROM b, a AT TIME ZONE 'UTC', 'x' || 'y', ARRAY[1, 2][1], ROW(1, 2) FROM t",
        "SELECT * FROM people FETCH FIRST 5 ROWS ONLY",
        "SELECT * FROM people TABLESAMPLE SYSTEM (10)",
        "SELECT * FROM ONLY people",
        "SELECT public.people.name FROM public.people",
        "SELECT E'a\\nb', $$it's$$, $tag$x$tag$, B'101'",
        "SELECT to_tsvector('english', name) @@ to_tsquery('a & b') FROM people",
        "SELECT pg_catalog.lower(name), width_bucket(a, 1, 2, 3), split_part(a, ',', 1), initcap(name) FROM people",
        "SELECT a, sum(b) FROM t GROUP BY GROUPING SETS ((a), ())",
        "SELECT sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM t",
        "WITH x AS MATERIALIZED (SELECT 1) SELECT * FROM x",
        "TABLE people",
        "VALUES (1, 'a'), (2, 'b')",
        "EXPLAIN SELECT * FROM people",
    ],
    "mysql": [
        "SELECT `name` FROM `people` WHERE `order` = 1",
        "SELECT date_format(day, '%Y-%m'), datediff(a, b), date_add(day, INTERVAL 1 MONTH), year(day), curdate(), str_to_date(a, '%Y') FROM sales",
        "SELECT group_concat(DISTINCT name ORDER BY name SEPARATOR ', '), ifnull(a, b), if(a, b, c) FROM people",
        "SELECT a DIV b, a MOD b, a XOR b, a <=> b, a REGEXP 'x', a RLIKE 'y', NOT a, !a FROM t",
        "SELECT data->'$.a', data->>'$.b', json_unquote(json_extract(data, '$.c')) FROM people",
        "SELECT name FROM people LIMIT 5, 10",
        'SELECT "text in double quotes" AS said FROM people',
        "SELECT 1 # a comment",
        "SELECT 5--1",
        "SELECT * FROM people USE INDEX (by_name) WHERE name = 'a'",
        "SELECT name FROM people WHERE MATCH(text) AGAINST ('word' IN BOOLEAN MODE)",
        "SELECT STRAIGHT_JOIN * FROM a JOIN b ON a.id = b.id",
        "SELECT city, sum(amount) FROM sales GROUP BY city WITH ROLLUP",
        "SELECT * FROM JSON_TABLE('[1,2]', '$[*]' COLUMNS (i INT PATH '$')) AS j",
        "SELECT timestampdiff(DAY, a, b), unix_timestamp(), from_unixtime(1), concat_ws('-', a, b), substring_index(a, '.', 1) FROM t",
        "SELECT cast(a AS SIGNED), convert(a, CHAR), convert(a USING utf8mb4), binary a FROM t",
        "SELECT name SOUNDS LIKE 'x', position('a' IN name), trim(LEADING 'x' FROM name) FROM people",
        "VALUES ROW(1, 2), ROW(3, 4)",
        "DESCRIBE people",
        "EXPLAIN SELECT * FROM people",
    ],
}  # fmt: skip

CASES = [(dialect, sql) for dialect in OF_ONE for sql in [*EVERYWHERE, *OF_ONE[dialect]]]


@pytest.mark.parametrize(("dialect", "sql"), CASES)
def test_a_query_passes_and_is_run_as_it_was_written(dialect: str, sql: str):
    verdict = SQLGuard(GuardPolicy(dialect, max_rows=None)).check(sql)
    assert verdict.violations == ()
    assert not verdict.limited
    if not any(mark in sql for mark in ("--", "/*", "#", "$$", "$tag", '"', "5--1")):
        assert verdict.sql == sql.strip().rstrip(";").strip()


@pytest.mark.parametrize("sql", EVERYWHERE)
def test_the_guard_without_a_dialect_lets_them_pass_too(sql: str):
    ReadOnlySQLGuard.check(sql)


@pytest.mark.parametrize(
    ("dialect", "sql", "run"),
    [
        ("duckdb", "SELECT a -- b\n, c FROM t", "SELECT a \n, c FROM t"),
        ("postgres", "SELECT /* a /* b */ c */ 1", "SELECT  1"),
        ("mysql", 'SELECT "it\'s" FROM t', "SELECT 'it''s' FROM t"),
        ("postgres", "SELECT $$it's$$", "SELECT 'it''s'"),
        ("duckdb", "SELECT $x$a$x$", "SELECT 'a'"),
        ("sqlite", "-- first\nSELECT 1;;", "SELECT 1"),
    ],
)
def test_comments_and_doubtful_quotes_are_not_run(dialect: str, sql: str, run: str):
    assert SQLGuard(GuardPolicy(dialect, max_rows=None)).check(sql).sql.split() == run.split()


def test_a_function_of_ones_own_is_allowed_by_the_policy():
    policy = GuardPolicy("postgres", functions=frozenset({"shout", "tools.Whisper", "all_of"}), max_rows=None)
    assert SQLGuard(policy).check("SELECT shout(name), tools.whisper(name) FROM people")
    assert SQLGuard(policy).check("SELECT * FROM all_of(1)")
    assert not SQLGuard(policy).check("SELECT other.shout(name) FROM people")

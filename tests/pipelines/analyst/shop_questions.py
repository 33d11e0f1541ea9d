"""Ten questions to the shop with the statements that answer them right, for models and for what they are measured by."""

from __future__ import annotations

_SOLD = (
    "SELECT p.name, sum(i.quantity) AS sold FROM order_items i JOIN products p ON p.id = i.product_id "
    "GROUP BY p.name ORDER BY sold DESC LIMIT 5"
)
QUESTIONS: tuple[tuple[str, str], ...] = (
    ("How many customers are there?", "SELECT count(*) FROM customers"),
    ("Which customers live in Germany? Give their names.", "SELECT name FROM customers WHERE country = 'Germany'"),
    ("What is the average price of the products?", "SELECT avg(price) FROM products"),
    ("How many orders are there for each status?", "SELECT status, count(*) FROM orders GROUP BY status"),
    ("What is the most expensive product?", "SELECT name FROM products ORDER BY price DESC LIMIT 1"),
    ("How many orders were placed in March 2024?",
     "SELECT count(*) FROM orders WHERE ordered_on >= DATE '2024-03-01' AND ordered_on < DATE '2024-04-01'"),
    ("What are the top 5 products by quantity sold?",
     _SOLD),
    ("How many products does each category have?",
     "SELECT c.name, count(*) FROM products p JOIN categories c ON c.id = p.category_id GROUP BY c.name"),
    ("What is the average rating of the reviews?", "SELECT avg(rating) FROM reviews"),
    ("How many different customers have placed an order?", "SELECT count(DISTINCT customer_id) FROM orders"),
)  # fmt: skip

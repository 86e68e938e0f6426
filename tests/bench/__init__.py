"""The benchmark: ``make bench``. It prints figures and judges none of them; ``docs/performance.md`` says what they mean."""

"""The words of the product as frozen types: no I/O, nothing imported but the standard library."""

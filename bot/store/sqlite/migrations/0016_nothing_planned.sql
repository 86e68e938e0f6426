-- The host said when the database was made, and may have been wrong about it. As long as nothing was planned here, all that stands in the
-- channels is of a lost time.
UPDATE high_water SET at = '2020-01-01T00:00:00.000000+00:00' WHERE counter = 0;

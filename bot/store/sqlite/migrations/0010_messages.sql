-- A reaction names the message it was put on.
CREATE INDEX deliveries_remote ON deliveries (destination, remote_id) WHERE remote_id <> '';

-- What a button stands for is kept until then. Of what is there nobody knows who could still press it: as long as what was shared.
ALTER TABLE remembered RENAME COLUMN used_at TO until;
UPDATE remembered SET until = strftime('%Y-%m-%dT%H:%M:%f000+00:00', until, '+400 days');
CREATE INDEX remembered_until ON remembered (until);

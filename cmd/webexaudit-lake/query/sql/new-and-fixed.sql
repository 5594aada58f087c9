-- Answers: Which troubles are new since a date (--date), which are gone since, and which remain?
-- Needs: findings (sensor_id, dt, fingerprint, rule, title, subject_kind, subject_key, state); captures (sensor_id, dt)
WITH looked AS (
  SELECT sensor_id, max(dt) AS last_day FROM newest_captures GROUP BY sensor_id
), troubles AS (
  SELECT sensor_id, fingerprint, rule, subject_kind, subject_key, max(title) AS what, min(dt) AS since, max(dt) AS until
  FROM newest_findings WHERE state IN ('fail', 'warn')
  GROUP BY sensor_id, fingerprint, rule, subject_kind, subject_key
)
SELECT CASE WHEN t.since >= p.day THEN 'new' WHEN t.until >= p.day THEN 'remains'
         WHEN l.last_day >= p.day THEN 'fixed' ELSE 'not looked at since' END AS status,
       t.sensor_id AS sensor, t.rule AS rule, t.what AS title, t.subject_kind AS subject_kind,
       t.subject_key AS subject_key, t.since AS since, t.until AS until
FROM troubles t
JOIN looked l ON l.sensor_id = t.sensor_id
CROSS JOIN parameters p
ORDER BY status, sensor, rule, subject_kind, subject_key, since;

-- Answers: How does each sensor stand: what was captured, how calls travel, and how many root causes fail?
-- Needs: captures (sensor_id, dt, path, interface, sha256, xxh3, packets, damage); findings (sensor_id, fingerprint, state,
-- caused_by, severity_rank); sessions (sensor_id, session_id, call_id, client, transport)
-- A capture and a call that the ends of windows cut count once; a call travels by UDP if all its parts do.
WITH seen AS (
  SELECT sensor_id, count(DISTINCT dt) AS days, max(dt) AS last_day, count(DISTINCT concat(coalesce(path, interface, ''), coalesce(sha256, xxh3, ''))) AS captures,
         count(damage) AS damaged, sum(packets) AS packets
  FROM newest_captures GROUP BY sensor_id
), roots AS (
  SELECT sensor_id, count(DISTINCT fingerprint) AS root_causes, max(severity_rank) AS worst
  FROM newest_findings WHERE state = 'fail' AND caused_by IS NULL GROUP BY sensor_id
), calls AS (
  SELECT sensor_id, count(DISTINCT coalesce(call_id, session_id)) AS calls, count(DISTINCT client) AS clients,
         count(DISTINCT CASE WHEN transport <> 'udp' THEN coalesce(call_id, session_id) END) AS not_udp
  FROM newest_sessions GROUP BY sensor_id
)
SELECT s.sensor_id AS sensor, s.days, s.last_day, s.captures, s.damaged, s.packets,
       coalesce(c.calls, 0) AS calls, coalesce(c.clients, 0) AS clients,
       round(1e2 * (c.calls - c.not_udp) / c.calls, 1) AS udp_percent,
       coalesce(r.root_causes, 0) AS root_causes,
       CASE coalesce(r.worst, 0) WHEN 5 THEN 'critical' WHEN 4 THEN 'high' WHEN 3 THEN 'medium' WHEN 2 THEN 'low'
         WHEN 1 THEN 'info' ELSE 'none' END AS worst_severity
FROM seen s
LEFT JOIN roots r ON r.sensor_id = s.sensor_id
LEFT JOIN calls c ON c.sensor_id = s.sensor_id
ORDER BY coalesce(r.worst, 0) DESC, root_causes DESC, sensor;

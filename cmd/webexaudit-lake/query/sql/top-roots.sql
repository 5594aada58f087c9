-- Answers: Which root causes concern the most people, and for how long?
-- Needs: findings (sensor_id, dt, fingerprint, rule, title, severity_rank, severity, state, caused_by, affected_clients,
-- affected_seconds)
WITH subjects AS (
  SELECT sensor_id, fingerprint, rule, max(title) AS what, max(severity_rank) AS severity_no,
         max(coalesce(affected_clients, 0)) AS people, sum(coalesce(affected_seconds, 0)) AS seconds, max(dt) AS last_day
  FROM newest_findings
  WHERE state IN ('fail', 'warn') AND caused_by IS NULL
  GROUP BY sensor_id, fingerprint, rule
)
SELECT rule, max(what) AS title,
       CASE max(severity_no) WHEN 5 THEN 'critical' WHEN 4 THEN 'high' WHEN 3 THEN 'medium' WHEN 2 THEN 'low'
         ELSE 'info' END AS worst_severity,
       count(DISTINCT sensor_id) AS sensors, count(*) AS subjects, sum(people) AS clients,
       round(sum(seconds) / 60, 1) AS minutes, max(last_day) AS last_seen_on
FROM subjects
GROUP BY rule
ORDER BY clients DESC, minutes DESC, rule;

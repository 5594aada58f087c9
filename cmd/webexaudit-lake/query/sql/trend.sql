-- Answers: How do calls, their way and their loss develop from week to week, for each sensor?
-- Needs: sessions (sensor_id, dt, client, transport, up_lost, up_expected, down_lost, down_expected, verdict)
SELECT CAST(date_trunc('week', dt) AS DATE) AS week, sensor_id AS sensor, count(*) AS calls,
       count(DISTINCT client) AS clients,
       round(1e2 * sum(CASE WHEN transport = 'udp' THEN 1 ELSE 0 END) / count(*), 1) AS udp_percent,
       round(1e2 * sum(coalesce(up_lost, 0)) / nullif(sum(coalesce(up_expected, 0)), 0), 3) AS up_loss_percent,
       round(1e2 * sum(coalesce(down_lost, 0)) / nullif(sum(coalesce(down_expected, 0)), 0), 3) AS down_loss_percent,
       sum(CASE WHEN verdict = 'bad' THEN 1 ELSE 0 END) AS bad_calls
FROM newest_sessions
GROUP BY week, sensor_id
ORDER BY week, sensor;

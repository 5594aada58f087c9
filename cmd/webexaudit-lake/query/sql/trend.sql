-- Answers: How do calls, their way and their loss develop from week to week, for each sensor?
-- Needs: sessions (sensor_id, dt, session_id, call_id, client, transport, up_lost, up_expected, down_lost, down_expected,
-- verdict)
-- A call that the ends of windows cut counts once; it travels by UDP if all its parts do, and is bad if one is.
WITH parts AS (
  SELECT CAST(date_trunc('week', dt) AS DATE) AS week, sensor_id AS sensor, client, transport, verdict,
         coalesce(call_id, session_id) AS one_call, up_lost, up_expected, down_lost, down_expected
  FROM newest_sessions
)
SELECT week, sensor, count(DISTINCT one_call) AS calls, count(DISTINCT client) AS clients,
       round(1e2 * (count(DISTINCT one_call) - count(DISTINCT CASE WHEN transport <> 'udp' THEN one_call END))
         / count(DISTINCT one_call), 1) AS udp_percent,
       round(1e2 * sum(coalesce(up_lost, 0)) / nullif(sum(coalesce(up_expected, 0)), 0), 3) AS up_loss_percent,
       round(1e2 * sum(coalesce(down_lost, 0)) / nullif(sum(coalesce(down_expected, 0)), 0), 3) AS down_loss_percent,
       count(DISTINCT CASE WHEN verdict = 'bad' THEN one_call END) AS bad_calls
FROM parts
GROUP BY week, sensor
ORDER BY week, sensor;

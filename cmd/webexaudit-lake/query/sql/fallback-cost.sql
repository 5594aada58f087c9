-- Answers: How many minutes and bytes of media did not travel over UDP, of whom, and why?
-- Needs: sessions (sensor_id, session_id, call_id, client, client_subnet, site, started_before, fallback_reason, tcp_seconds,
-- tcp_bytes, tls_seconds, tls_bytes, tls_proxied_seconds, tls_proxied_bytes)
-- A call that the ends of windows cut counts once, and its first part has the reason.
WITH stretches AS (
  SELECT sensor_id, coalesce(site, client_subnet, 'unknown') AS place, client,
         coalesce(call_id, session_id) AS one_call, fallback_reason AS reason,
         CASE WHEN coalesce(started_before, false) THEN NULL ELSE fallback_reason END AS seen_reason,
         coalesce(tcp_seconds, 0) + coalesce(tls_seconds, 0) + coalesce(tls_proxied_seconds, 0) AS seconds,
         coalesce(tcp_bytes, 0) + coalesce(tls_bytes, 0) + coalesce(tls_proxied_bytes, 0) AS bytes,
         coalesce(tls_proxied_seconds, 0) AS proxied
  FROM newest_sessions
)
SELECT sensor_id AS sensor, place, count(DISTINCT one_call) AS calls, count(DISTINCT client) AS clients,
       round(sum(seconds) / 60, 1) AS minutes, round(sum(proxied) / 60, 1) AS proxied_minutes,
       sum(bytes) AS media_bytes, coalesce(max(seen_reason), max(reason), '') AS example_of_a_reason
FROM stretches
WHERE seconds > 0
GROUP BY sensor_id, place
ORDER BY minutes DESC, sensor, place;

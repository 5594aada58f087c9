-- Answers: Which 50 calls were the worst, and why?
-- Needs: sessions (sensor_id, start_time, end_time, client, site, client_subnet, transport, up_loss_percent,
-- down_loss_percent, up_jitter_ms, down_jitter_ms, rtt_ms, verdict, why, session_id, confidence)
-- Of a call that the ends of windows cut each part is a row.
SELECT start_time AS begin_time, sensor_id AS sensor, client, coalesce(site, client_subnet, 'unknown') AS place, transport,
       date_diff('second', start_time, end_time) AS seconds, coalesce(verdict, 'not judged') AS judgement,
       up_loss_percent, down_loss_percent, round(up_jitter_ms, 1) AS up_jitter, round(down_jitter_ms, 1) AS down_jitter,
       round(rtt_ms, 1) AS rtt, coalesce(why, '') AS reason
FROM newest_sessions
WHERE transport <> 'none'
ORDER BY CASE verdict WHEN 'bad' THEN 0 WHEN 'warn' THEN 1 WHEN 'good' THEN 2 ELSE 3 END,
         greatest(coalesce(up_loss_percent, 0), coalesce(down_loss_percent, 0)) DESC,
         seconds DESC, begin_time, sensor, session_id
LIMIT 50;

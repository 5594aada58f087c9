-- Answers: Who opens TLS between Webex clients and the cloud, for how many clients and names?
-- Needs: tls_sessions (sensor_id, dt, cert_issuer, inspection, client, sni, webex)
SELECT coalesce(cert_issuer, 'not seen') AS issuer, inspection AS certainty, sensor_id AS sensor, count(*) AS sessions,
       count(DISTINCT client) AS clients, count(DISTINCT sni) AS names, max(coalesce(sni, '')) AS example_of_a_name,
       min(dt) AS first_day, max(dt) AS last_day
FROM newest_tls_sessions
WHERE webex AND inspection IN ('probable', 'confirmed')
GROUP BY cert_issuer, inspection, sensor_id
ORDER BY sessions DESC, issuer, sensor, certainty;

-- Webhooks that were given up, for the alarm: each housekeeping run asks for the latest, and the trail only ever grows.
CREATE INDEX audit_event_given_up ON audit_event (at) WHERE action = 'webhook.given_up';

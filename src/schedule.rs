//! When is a watch due? Pure: the clock is an argument.

use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};

use crate::model::{Millis, Times};

/// The earliest next time after `now`, in the zone whose clock `cron` is read by.
///
/// `every` counts from `now` and gains up to a tenth (at most 5 minutes) of jitter, so that many watches do not
/// ask at once and the asking shows no clockwork; `seed` (0 to 1) says how much. `cron` is kept to the second:
/// an hour that daylight saving skips runs right after the gap, one that it repeats runs once.
pub fn next<Z: TimeZone + 'static>(times: &Times, now: DateTime<Z>, seed: f64) -> Millis {
    let at = now.timestamp_millis();
    match times {
        Times::Every(gap) => {
            let gap = gap.as_millis().min(i64::MAX as u128 / 4) as i64;
            let jitter = (gap / 10).min(5 * 60 * 1000);
            at.saturating_add(gap).saturating_add((jitter as f64 * seed.clamp(0.0, 1.0)) as i64)
        }
        // A pattern without a further time (30 February) is refused by the configuration; a day is a safe answer.
        Times::Cron(cron) => cron.find_next_occurrence(&now, false).map_or(at + 24 * 3600 * 1000, |t| t.timestamp_millis()),
    }
}

/// How long to wait after the `failures`th failure in a row: doubling from `first` up to `most`, with up to a
/// quarter more by `seed` (0 to 1).
pub fn back_off(failures: u32, first: Duration, most: Duration, seed: f64) -> Duration {
    let plain = first.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1).min(20))).min(most);
    plain + plain.mul_f64(0.25 * seed.clamp(0.0, 1.0))
}

/// A moment in words that scripts read: RFC 3339, UTC, whole seconds.
pub fn rfc3339(at: Millis) -> String {
    DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A moment of the local clock for people: `2026-01-31 18:05`.
pub fn local(at: Millis) -> String {
    DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default().with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string()
}

/// A number between 0 and 1 that nobody can foretell: the seed of jitter.
pub fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn cron(pattern: &str) -> Times {
        Times::Cron(Box::new(croner::Cron::from_str(pattern).unwrap()))
    }

    #[test]
    fn every_counts_from_now_and_jitters_a_little() {
        let now = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        let gap = Times::Every(Duration::from_secs(3600));
        assert_eq!(next(&gap, now, 0.0) - now.timestamp_millis(), 3_600_000);
        assert_eq!(next(&gap, now, 1.0) - now.timestamp_millis(), 3_600_000 + 300_000);
    }

    #[test]
    fn cron_takes_five_and_six_fields() {
        let now = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 1).unwrap();
        assert_eq!(rfc3339(next(&cron("0 */6 * * *"), now, 0.0)), "2026-01-01T06:00:00Z");
        assert_eq!(rfc3339(next(&cron("30 0 0 * * *"), now, 0.0)), "2026-01-01T00:00:30Z");
    }

    /// A zone with a spring gap at 02:00–03:00 and an autumn repeat, as in central Europe.
    #[test]
    fn cron_neither_skips_nor_doubles_a_day_around_daylight_saving() {
        let zone = chrono_tz::Europe::Paris;
        for (year, month, day) in [(2026, 3, 28), (2026, 10, 24)] {
            let mut at = zone.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap();
            let mut days = Vec::new();
            for _ in 0..3 {
                at = zone.timestamp_millis_opt(next(&cron("30 2 * * *"), at, 0.0)).unwrap();
                days.push(chrono::Datelike::day(&at));
            }
            assert_eq!(days, [day + 1, day + 2, day + 3], "{year}-{month}");
        }
    }

    #[test]
    fn back_off_doubles_up_to_its_bound() {
        let (first, most) = (Duration::from_secs(30), Duration::from_secs(3600));
        assert_eq!(back_off(1, first, most, 0.0).as_secs(), 30);
        assert_eq!(back_off(3, first, most, 0.0).as_secs(), 120);
        assert_eq!(back_off(4_000_000, first, most, 0.0).as_secs(), 3600);
    }
}

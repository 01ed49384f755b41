//! Plots of a run over time, as SVG that stands in the report's page. All have the same time axis and the same phases.

use plotters::{
    coord::ranged1d::{AsRangedCoord, ValueFormatter},
    prelude::*,
};

use super::{PhaseReport, Report};
use crate::profile::render_milliseconds;

/// In pixels; the page makes it as wide as it is.
const SIZE: (u32, u32) = (960, 240);
/// The least that a plot of latencies shows, in milliseconds: below it nothing can be felt.
const LEAST_MILLISECONDS: f64 = 0.1;
/// A phase's name is written where it has so much of the width.
const NAMED_SHARE: f64 = 0.05;

const BLUE: RGBColor = RGBColor(29, 78, 199);
const AMBER: RGBColor = RGBColor(178, 94, 9);
const RED: RGBColor = RGBColor(176, 28, 28);
const INK: RGBColor = RGBColor(76, 86, 106);

/// A line of a plot: what it is, its colour, and its points. A point without a value is a gap.
struct Line {
    name: &'static str,
    colour: RGBColor,
    points: Vec<(f64, Option<f64>)>,
}

fn line<'a, T: 'a>(
    name: &'static str,
    colour: RGBColor,
    seconds: &'a [T],
    point: impl Fn(&'a T) -> (u32, Option<f64>),
) -> Line {
    let points = seconds.iter().map(point);
    Line {
        name,
        colour,
        points: points
            .map(|(at, value)| (f64::from(at) + 0.5, value))
            .collect(),
    }
}

/// Percentiles of each second on a logarithmic scale, or why there is no plot.
pub(super) fn latencies(report: &Report) -> Result<String, String> {
    let percentile = |name, colour, of: fn(&super::Latency) -> f64| {
        line(name, colour, &report.timeline, move |second| {
            (second.at, second.latency.as_ref().map(of))
        })
    };
    let lines = [
        percentile("p50", BLUE, |latency| latency.p50_ms),
        percentile("p95", AMBER, |latency| latency.p95_ms),
        percentile("p99", RED, |latency| latency.p99_ms),
    ];
    let most = most(&lines).max(LEAST_MILLISECONDS * 10.0);
    let range = (LEAST_MILLISECONDS..most * 1.5).log_scale();
    draw(
        report,
        &lines,
        (LEAST_MILLISECONDS, most * 1.5),
        range,
        &|value| render_milliseconds(*value),
    )
}

/// What ended in each second.
pub(super) fn throughput(report: &Report) -> Result<String, String> {
    let count = |name, colour, of: fn(&super::Second) -> u64| {
        line(name, colour, &report.timeline, move |second| {
            (second.at, Some(number(of(second))))
        })
    };
    let lines = [
        count("requests", BLUE, |second| second.requests),
        count("saves", AMBER, |second| second.saves),
        count("failed", RED, |second| second.failed),
    ];
    linear(report, &lines, &|value| format!("{value:.0}"))
}

/// Processors that the server used, or nothing where it did not tell.
pub(super) fn server_cores(report: &Report) -> Result<Option<String>, String> {
    let lines = [line("processors", BLUE, &report.server, |second| {
        (second.at, second.cores)
    })];
    if_any(report, &lines, &|value| format!("{value:.1}"))
}

/// What waits at the server, or nothing where it did not tell.
pub(super) fn server_queue(report: &Report) -> Result<Option<String>, String> {
    let lines = [
        line("answers to be written", AMBER, &report.server, |second| {
            (second.at, second.queue_depth)
        }),
        line("requests being answered", BLUE, &report.server, |second| {
            (second.at, second.in_flight)
        }),
    ];
    if_any(report, &lines, &|value| format!("{value:.0}"))
}

fn if_any(
    report: &Report,
    lines: &[Line],
    label: &dyn Fn(&f64) -> String,
) -> Result<Option<String>, String> {
    let mut points = lines.iter().flat_map(|line| &line.points);
    if !points.any(|(_, value)| value.is_some()) {
        return Ok(None);
    }
    linear(report, lines, label).map(Some)
}

fn linear(
    report: &Report,
    lines: &[Line],
    label: &dyn Fn(&f64) -> String,
) -> Result<String, String> {
    let top = most(lines).max(1.0) * 1.2;
    draw(report, lines, (0.0, top), 0.0..top, label)
}

fn most(lines: &[Line]) -> f64 {
    let values = lines
        .iter()
        .flat_map(|line| line.points.iter().filter_map(|(_, value)| *value));
    values.fold(0.0, f64::max)
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn draw<Scale>(
    report: &Report,
    lines: &[Line],
    height: (f64, f64),
    range: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<String, String>
where
    Scale: AsRangedCoord<Value = f64>,
    Scale::CoordDescType: ValueFormatter<f64>,
{
    let mut svg = String::new();
    plot(&mut svg, report, lines, height, range, label).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn plot<Scale>(
    svg: &mut String,
    report: &Report,
    lines: &[Line],
    height: (f64, f64),
    range: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<(), Box<dyn std::error::Error>>
where
    Scale: AsRangedCoord<Value = f64>,
    Scale::CoordDescType: ValueFormatter<f64>,
{
    let last = report.timeline.last().map_or(1, |last| last.at + 1);
    let end = report
        .phases
        .last()
        .map_or(0.0, |phase| phase.ends)
        .max(f64::from(last));
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .margin_right(20)
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 28)
        .build_cartesian_2d(0.0..end, range)?;
    chart.draw_series(shades(&report.phases, height))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_labels(10)
        .y_labels(6)
        .x_label_formatter(&|value| format!("{value:.0} s"))
        .y_label_formatter(&label)
        .draw()?;
    let font = ("sans-serif", 12).into_font().color(&INK);
    let named = report
        .phases
        .iter()
        .filter(|phase| phase.ends - phase.begins > end * NAMED_SHARE);
    chart.draw_series(
        named.map(|phase| Text::new(phase.name.clone(), (phase.begins, height.1), font.clone())),
    )?;
    for line in lines {
        let style = line.colour.stroke_width(2);
        // A second without a value is a gap, not a line to the next one.
        let mut named = false;
        for part in line.points.split(|(_, value)| value.is_none()) {
            let points = part.iter().filter_map(|(at, value)| Some((*at, (*value)?)));
            let drawn = chart.draw_series(LineSeries::new(points, style))?;
            if !part.is_empty() && !std::mem::replace(&mut named, true) {
                drawn
                    .label(line.name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            }
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Every second phase is shaded; a moment at which the server was killed is a line.
fn shades(phases: &[PhaseReport], (bottom, top): (f64, f64)) -> Vec<Rectangle<(f64, f64)>> {
    let shaded = phases.iter().skip(1).step_by(2);
    let shaded = shaded.map(|phase| ((phase.begins, phase.ends), BLUE.mix(0.06)));
    let kills = phases.iter().flat_map(|phase| &phase.kills);
    let kills = kills.map(|kill| {
        (
            (kill.at, kill.at + kill.recovered_ms.unwrap_or(0.0) / 1000.0),
            RED.mix(0.3),
        )
    });
    shaded
        .chain(kills)
        .map(|((from, to), colour)| Rectangle::new([(from, bottom), (to, top)], colour.filled()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{Latency, Second, tests::report},
        run::{Kill, ServerSecond},
    };

    fn second(at: u32, p50_ms: Option<f64>) -> Second {
        let latency = |p50_ms: f64| Latency {
            samples: 1,
            p50_ms,
            p95_ms: p50_ms * 3.0,
            p99_ms: p50_ms * 9.0,
            max_ms: p50_ms * 9.0,
        };
        Second {
            at,
            requests: 40,
            failed: 0,
            saves: 30,
            latency: p50_ms.map(latency),
        }
    }

    #[test]
    fn a_second_without_samples_is_a_gap_in_its_line() {
        let with_gap = [Some(1.0), Some(2.0), None, Some(3.0), Some(2.0)];
        let mut report = report();
        report.timeline = (0..)
            .zip(with_gap)
            .map(|(at, p50)| second(at, p50))
            .collect();
        let svg = latencies(&report).unwrap();
        let lines_of = |colour: &str| {
            svg.lines()
                .filter(|line| line.starts_with("<polyline") && line.contains(colour))
                .count()
        };
        // Two parts, and the one in the legend.
        assert_eq!(lines_of("#1D4EC7"), 3, "{svg}");
        assert!(svg.contains("p95") && svg.contains("ms"), "{svg}");
    }

    #[test]
    fn phases_have_their_names_and_kills_are_seen() {
        let mut report = report();
        report.phases[0].kills.push(Kill {
            phase: 0,
            at: 3.0,
            recovered_ms: Some(900.0),
            problem: None,
        });
        let svg = throughput(&report).unwrap();
        assert!(svg.contains("\nsit\n") && svg.contains("#B01C1C"), "{svg}");
    }

    #[test]
    fn a_run_in_which_nothing_ended_has_empty_plots() {
        for seconds in [vec![], vec![second(0, None)]] {
            let mut report = report();
            report.timeline = seconds;
            report.phases.clear();
            assert!(latencies(&report).unwrap().starts_with("<svg"));
            assert!(throughput(&report).unwrap().starts_with("<svg"));
        }
    }

    #[test]
    fn a_server_that_tells_nothing_has_no_plot() {
        let mut report = report();
        assert_eq!(server_cores(&report), Ok(None));
        report.server = vec![ServerSecond {
            at: 1,
            queue_depth: Some(3.0),
            ..ServerSecond::default()
        }];
        assert_eq!(server_cores(&report), Ok(None));
        assert!(
            server_queue(&report)
                .unwrap()
                .unwrap()
                .contains("to be written")
        );
    }
}

//! The page that people see during maintenance: one text, no other file, no script.
//!
//! It is laid out with attributes and not with a style sheet: it must look the same under the strictest policy, ours or
//! that of the proxy before us, and while nothing else is answered. Phones are told how wide it is, and fit it in.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::maintenance::Notice;

/// Not even our own files.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub(super) fn page(notice: &Notice, wait: Duration) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (
        StatusCode::SERVICE_UNAVAILABLE,
        headers,
        render(notice, wait),
    )
        .into_response()
}

/// The page; it asks again by itself after `wait`.
fn render(notice: &Notice, wait: Duration) -> String {
    let message = escape(&notice.message);
    let until = notice.until.map_or(String::new(), |until| {
        format!(
            "<p>It is expected to be back at <b>{}</b>.</p>\n",
            until.format("%H:%M UTC on %-d %B %Y")
        )
    });
    let seconds = wait.as_secs();
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=540">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="{seconds}">
<title>Maintenance</title>
</head>
<body bgcolor="#f2f4f7" text="#1c2430">
<br>
<table align="center" width="92%" border="0" cellpadding="0" cellspacing="0" role="presentation">
<tr><td align="center">
<table width="500" border="0" cellpadding="24" cellspacing="0" bgcolor="#ffffff" role="presentation">
<tr><td>
<font face="system-ui, Segoe UI, Roboto, Noto Sans, sans-serif" size="4">
<main>
<h2 aria-level="1">The exam server is under maintenance</h2>
<p>{message}</p>
{until}<p>This page asks again by itself. There is nothing for you to do.</p>
<hr noshade size="1" color="#cfd6df">
<p><b>Are you in the middle of an exam?</b> Keep the page of your exam open and go on: your answers are still
saved. Do not reload it.</p>
</main>
</font>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"##
    )
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                _ => escaped.push(c),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn the_page_needs_nothing_else_and_shows_the_message_as_text() {
        let notice = Notice {
            since: DateTime::UNIX_EPOCH,
            until: Some(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)),
            message: "<script>alert('x')</script> & more".to_owned(),
        };
        let page = render(&notice, Duration::from_secs(30));
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; more"));
        assert!(page.contains("back at <b>00:00 UTC on 4 October 2024</b>"));
        assert!(page.contains(r#"http-equiv="refresh" content="30""#));
        for outside in ["<script", "<style", "style=", "src=", "href=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        let open_end = Notice {
            until: None,
            ..notice
        };
        assert!(!render(&open_end, Duration::from_secs(30)).contains("expected"));
    }
}

//! What goes to a shell: the request, then its content as it can be read.

use std::io::Read;

const CHUNK_BYTES: usize = 64 * 1024;

/// The bytes of one request on their way.
pub(super) struct Feed<'a, 'p> {
    chunk: Vec<u8>,
    /// How much of the chunk is sent.
    at: usize,
    content: Option<&'a mut dyn Read>,
    /// Bytes of the content that are not in a chunk yet.
    remaining: u64,
    /// Bytes of the request before its content that are not sent yet.
    head: usize,
    sent: u64,
    progress: Option<&'a mut (dyn FnMut(u64) + 'p)>,
    cut: bool,
}

impl<'a, 'p> Feed<'a, 'p> {
    pub(super) fn new(
        head: Vec<u8>,
        content: Option<(&'a mut dyn Read, u64)>,
        progress: Option<&'a mut (dyn FnMut(u64) + 'p)>,
    ) -> Self {
        let (content, remaining) = match content {
            Some((content, size)) => (Some(content), size),
            None => (None, 0),
        };
        Self {
            head: head.len(),
            chunk: head,
            at: 0,
            content,
            remaining,
            sent: 0,
            progress,
            cut: false,
        }
    }

    /// Reads the next chunk once the last one is sent.
    ///
    /// Content that is not exactly as long as was said is cut: the last chunk of a longer one is
    /// held back, so that the script gets too little in either case and can refuse it.
    pub(super) fn fill(&mut self) -> Result<(), String> {
        let Some(content) = self.content.as_deref_mut() else {
            return Ok(());
        };
        if self.at < self.chunk.len() || self.remaining == 0 || self.cut {
            return Ok(());
        }
        let wanted = usize::try_from(self.remaining).map_or(CHUNK_BYTES, |n| n.min(CHUNK_BYTES));
        self.chunk.resize(wanted, 0);
        self.at = 0;
        let read = read_some(content, &mut self.chunk)?;
        self.chunk.truncate(read);
        self.remaining -= read as u64;
        if read == 0 || (self.remaining == 0 && read_some(content, &mut [0])? > 0) {
            self.chunk.clear();
            self.cut = true;
        }
        Ok(())
    }

    pub(super) fn unsent(&self) -> &[u8] {
        &self.chunk[self.at..]
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.at += bytes;
        let of_head = bytes.min(self.head);
        self.head -= of_head;
        self.sent += (bytes - of_head) as u64;
        if bytes > of_head
            && let Some(progress) = self.progress.as_deref_mut()
        {
            progress(self.sent);
        }
    }

    /// The content was not as long as was said.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn is_all_sent(&self) -> bool {
        !self.cut && self.remaining == 0 && self.unsent().is_empty()
    }
}

fn read_some(content: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, String> {
    loop {
        match content.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            read => return read.map_err(|error| format!("reading what to send: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(content: &[u8], size: u64) -> (Vec<u8>, bool) {
        let mut content = content;
        let mut feed = Feed::new(b"head".to_vec(), Some((&mut content, size)), None);
        let mut all = Vec::new();
        loop {
            feed.fill().unwrap();
            let chunk = feed.unsent().to_vec();
            if chunk.is_empty() {
                return (all, feed.is_all_sent());
            }
            // One byte at a time, as a slow way takes them.
            all.push(chunk[0]);
            feed.sent(1);
        }
    }

    #[test]
    fn content_of_the_right_length_goes_through_and_any_other_is_cut_short() {
        assert_eq!(fed(b"four", 4), (b"headfour".to_vec(), true));
        assert_eq!(fed(b"", 0), (b"head".to_vec(), true));
        assert_eq!(fed(b"two", 4), (b"headtwo".to_vec(), false));
        assert_eq!(fed(b"three", 4), (b"head".to_vec(), false));
    }
}

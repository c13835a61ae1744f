//! Reading a range of one object, in pieces.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Location;
use object_store::{GetOptions, GetResultPayload, ObjectStore};

use super::io_error;
use crate::store::error::StoreError;

/// Bytes a piece. `object_store` itself reads local files 8 KiB at a time, a thread hop each.
const PIECE_BYTES: u64 = 256 * 1024;

pub(super) async fn read(
    objects: &dyn ObjectStore,
    name: &str,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
    let options = GetOptions::new().with_range(Some(range.clone()));
    let found = objects.get_opts(&Location::from(name), options).await?;
    if found.range != range {
        return Err(StoreError::Broken("a stored object is too short".to_owned()));
    }
    Ok(match found.payload {
        GetResultPayload::File(file, _) => pieces(file, range).boxed(),
        GetResultPayload::Stream(stream) => stream.map_err(StoreError::from).boxed(),
    })
}

fn pieces(file: File, range: Range<u64>) -> impl futures_util::Stream<Item = Result<Bytes, StoreError>> {
    futures_util::stream::try_unfold((file, range), |(file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let end = range.end.min(range.start + PIECE_BYTES);
        let wanted = range.start..end;
        let (file, piece) = tokio::task::spawn_blocking(move || piece(file, wanted))
            .await
            .map_err(|cause| StoreError::Unavailable(cause.to_string()))??;
        Ok(Some((piece, (file, end..range.end))))
    })
}

fn piece(mut file: File, range: Range<u64>) -> Result<(File, Bytes), StoreError> {
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let mut buffer = vec![0; length];
    file.seek(SeekFrom::Start(range.start))
        .and_then(|_| file.read_exact(&mut buffer))
        .map_err(|cause| io_error(&cause))?;
    Ok((file, buffer.into()))
}

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

bytes32 constant RELEASE = keccak256("ReleaseEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");
bytes32 constant CANCEL = keccak256("CancelEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");
bytes32 constant RESOLVE =
    keccak256("ResolveForBuyerEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");

/// @notice What an approver signs, built from EIP-712 alone and not from the contract's own code.
function approvalDigest(
    address escrow,
    uint256 chainId,
    bytes32 act,
    uint256 escrowId,
    bytes32 ref,
    uint24 disputes,
    uint64 expiry
) pure returns (bytes32) {
    bytes32 domain = keccak256(
        abi.encode(
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
            keccak256("KustodiaEscrow"),
            keccak256("3"),
            chainId,
            escrow
        )
    );
    bytes32 message = keccak256(abi.encode(act, escrowId, ref, disputes, expiry));
    return keccak256(abi.encodePacked("\x19\x01", domain, message));
}

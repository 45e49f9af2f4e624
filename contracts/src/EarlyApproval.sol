// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/**
 * @title EarlyApproval
 * @notice What an approver signs (EIP-712) to let an escrow end before its deadline. The type names the act, the domain
 * names the chain and the contract, and the message names the escrow, so that no signature serves for anything else:
 *
 * ```
 * ReleaseEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)
 * CancelEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)
 * ResolveForBuyerEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)
 * ```
 *
 * - `ref`: a reorganisation can give an id to another payment, but never its reference.
 * - `disputes`: the escrow's count of them. A dispute makes worthless what was signed before it.
 * - `expiry`: Unix seconds, the last block time at which the signature is good.
 *
 * The domain separator is hashed anew for each signature. Kept in an immutable it would make the code of each
 * deployment another, and the reactor compares that code with its own release's.
 */
abstract contract EarlyApproval is IERC5267 {
    /// @notice The type of an approval to release before the deadline.
    bytes32 public constant RELEASE_EARLY =
        keccak256("ReleaseEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");

    /// @notice The type of an approval to cancel before the deadline.
    bytes32 public constant CANCEL_EARLY =
        keccak256("CancelEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");

    /// @notice The type of an approval to decide a dispute for the buyer before the deadline.
    bytes32 public constant RESOLVE_FOR_BUYER_EARLY =
        keccak256("ResolveForBuyerEarly(uint256 escrowId,bytes32 ref,uint24 disputes,uint64 expiry)");

    string private constant DOMAIN_NAME = "KustodiaEscrow";
    string private constant DOMAIN_VERSION = "3";
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// @notice The EIP-712 domain of the approvals, as ERC-5267 has it: name, version, chain and contract.
    /// @return fields Which of the others count: the first four.
    /// @return name "KustodiaEscrow".
    /// @return version "3".
    /// @return chainId The chain's id.
    /// @return verifyingContract This contract.
    /// @return salt None.
    /// @return extensions None.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", DOMAIN_NAME, DOMAIN_VERSION, block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    /// @notice What an approver signs.
    /// @param act `RELEASE_EARLY`, `CANCEL_EARLY` or `RESOLVE_FOR_BUYER_EARLY`.
    /// @param escrowId The escrow's id.
    /// @param ref Its reference.
    /// @param disputes How many disputes were opened on it.
    /// @param expiry Unix seconds.
    /// @return The digest.
    function _approvalDigest(bytes32 act, uint256 escrowId, bytes32 ref, uint24 disputes, uint64 expiry)
        internal
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                DOMAIN_TYPE,
                keccak256(bytes(DOMAIN_NAME)),
                keccak256(bytes(DOMAIN_VERSION)),
                block.chainid,
                address(this)
            )
        );
        bytes32 approval = keccak256(abi.encode(act, escrowId, ref, disputes, expiry));
        return MessageHashUtils.toTypedDataHash(domain, approval);
    }
}
